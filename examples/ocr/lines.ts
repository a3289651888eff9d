/** The lines of an experiment, as high as the model wants them. Line i of a part and seed is always the same. */
import type { Image } from '../ocr-lines/raster.ts';
import { resized } from '../ocr-lines/read.ts';
import { drawLine } from './draw.ts';
import { fontsOf } from './fonts.ts';
import { dice } from './random.ts';
import { lineOf, type Part, wordsOf } from './text.ts';

export const HEIGHT = 48;
/** Training lines are padded to one of these: each is a shape to plan for. */
export const WIDTHS = [320, 480, 640] as const;

export interface Line {
  readonly text: string;
  /** 48 high. */
  readonly image: Image;
}

export type Lines = (index: number) => Line;

const STREAMS: Readonly<Record<Part, number>> = { training: 0x11, test: 0x7e57 };

export function linesOf(part: Part, seed: number): Lines {
  const [words, fonts] = [wordsOf(part), fontsOf(part)];
  return (index) => {
    const own = dice(seed * 256 + STREAMS[part], index);
    for (;;) {
      const text = lineOf(words, own.whole(2, 26), own);
      const drawn = drawLine(text, own.pick(fonts), own);
      const width = Math.ceil((drawn.width * HEIGHT) / drawn.height);
      // What is longer is drawn anew: shorter lines are as good to learn from, and long ones as good to read.
      if (width <= WIDTHS[WIDTHS.length - 1]) return { text, image: resized(drawn, width, HEIGHT) };
    }
  };
}

/** The least width of the table that the line fits. */
export function widthFor({ width }: Image): number {
  return WIDTHS.find((each) => width <= each) ?? width;
}

/** Writes a line as the model takes it, channel after channel, grey (0) to the right of it. */
export function writeInput({ width, pixels }: Image, padded: number, into: Float32Array): void {
  const plane = HEIGHT * padded;
  into.fill(0, 0, 3 * plane);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < width; x++) into[y * padded + x] = (pixels[y * width + x] / 255 - 0.5) / 0.5;
  for (let channel = 1; channel < 3; channel++) into.copyWithin(channel * plane, 0, plane);
}
