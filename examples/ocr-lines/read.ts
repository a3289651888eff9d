/** A text line as PP-OCR's recognition model takes it, and the text in what it returns. */
import type { Image } from './raster.ts';

export interface Recognized {
  readonly data: Float32Array;
  /** Lines, steps, classes. */
  readonly dims: readonly number[];
}

const HEIGHT = 48;
/** Narrower lines are padded: the model was trained on lines of at least this width. */
const MIN_WIDTH = 320;

/** [1, 3, 48, width]: as high as the model wants, in proportion, from -1 (black) to 1, grey (0) to the right of the line. */
export function toInput(line: Image): { readonly data: Float32Array; readonly dims: readonly number[] } {
  const { width, height, pixels } = resized(line, Math.ceil((line.width * HEIGHT) / line.height), HEIGHT);
  const padded = Math.max(MIN_WIDTH, width);
  const data = new Float32Array(3 * HEIGHT * padded);
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        data[(channel * HEIGHT + y) * padded + x] = (pixels[y * width + x] / 255 - 0.5) / 0.5;
  return { data, dims: [1, 3, HEIGHT, padded] };
}

/** Bilinear, pixel centres at halves. */
export function resized({ width, height, pixels }: Image, newWidth: number, newHeight: number): Image {
  const result = new Uint8Array(newWidth * newHeight);
  const along = (at: number, from: number, to: number) => {
    const place = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(from - 1, low + 1), share: place - low };
  };
  for (let y = 0; y < newHeight; y++) {
    const v = along(y, height, newHeight);
    for (let x = 0; x < newWidth; x++) {
      const h = along(x, width, newWidth);
      const row = (at: number) => pixels[at * width + h.low] * (1 - h.share) + pixels[at * width + h.high] * h.share;
      result[y * newWidth + x] = Math.round(row(v.low) * (1 - v.share) + row(v.high) * v.share);
    }
  }
  return { width: newWidth, height: newHeight, pixels: result };
}

/** The characters of the classes: blank first, then the lines of the dictionary, then the space. */
export function charactersOf(dictionary: string): string[] {
  return ['', ...dictionary.replace(/\r?\n$/, '').split(/\r?\n/), ' '];
}

/** CTC: the likeliest class of each step; repeats are one character, blanks are none. */
export function toText({ data, dims }: Recognized, characters: readonly string[]): string {
  const [, steps, classes] = dims;
  if (classes !== characters.length) throw new Error(`want ${classes} characters, got ${characters.length}`);
  let text = '';
  let before = 0;
  for (let step = 0; step < steps; step++) {
    let best = 0;
    for (let i = 1; i < classes; i++) if (data[step * classes + i] > data[step * classes + best]) best = i;
    if (best !== before) text += characters[best];
    before = best;
  }
  return text;
}
