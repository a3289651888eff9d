/** Fonts as outlines, read by opentype.js. Both come from bench/peers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Point {
  readonly x: number;
  readonly y: number;
}
/** A curve with two inner points. */
interface Curve extends Point {
  readonly type: 'C';
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}
/** A curve with one. */
interface Quadratic extends Point {
  readonly type: 'Q';
  readonly x1: number;
  readonly y1: number;
}

/** To go somewhere, to draw a line or a curve there, or to close the outline. */
export type Command =
  | (Point & { readonly type: 'M' })
  | (Point & { readonly type: 'L' })
  | Curve
  | { readonly type: 'Z' };

export interface Font {
  /** Above and below the base line, in sizes. */
  readonly ascent: number;
  readonly descent: number;
  readonly advance: (text: string, size: number) => number;
  readonly outline: (text: string, x: number, y: number, size: number) => readonly Command[];
}

/** What we call of opentype.js, which is not there when types are checked. */
interface Glyph {
  readonly advanceWidth: number;
  getPath(x: number, y: number, size: number): { readonly commands: readonly (Command | Quadratic)[] };
}
interface OpenType {
  parse(bytes: ArrayBuffer): {
    readonly unitsPerEm: number;
    readonly ascender: number;
    readonly descender: number;
    charToGlyph(character: string): Glyph;
    getKerningValue(left: Glyph, right: Glyph): number;
  };
}

const peers = new URL('../../bench/peers/', import.meta.url);

/** Of the packages @fontsource/…. */
export const fontNames = ['open-sans-latin-400-normal', 'roboto-latin-400-normal', 'noto-serif-latin-400-normal'];

export function loadFont(name: string): Font {
  const opentype = createRequire(new URL('package.json', peers))('opentype.js') as OpenType;
  const family = name.slice(0, name.indexOf('-latin'));
  const file = readFileSync(new URL(`node_modules/@fontsource/${family}/files/${name}.woff`, peers));
  const font = opentype.parse(new Uint8Array(file).buffer);
  // Glyph by glyph: the shaper does not know every kind of rule that these fonts have, and Latin text needs none.
  const placed = (text: string, size: number) => {
    const glyphs = [...text].map((character) => font.charToGlyph(character));
    const scale = size / font.unitsPerEm;
    let end = 0;
    const starts = glyphs.map((glyph, i) => {
      const start = end;
      end += (glyph.advanceWidth + (i + 1 < glyphs.length ? font.getKerningValue(glyph, glyphs[i + 1]) : 0)) * scale;
      return start;
    });
    return { glyphs, starts, end };
  };
  return {
    ascent: font.ascender / font.unitsPerEm,
    descent: -font.descender / font.unitsPerEm,
    advance: (text, size) => placed(text, size).end,
    outline(text, x, y, size) {
      const { glyphs, starts } = placed(text, size);
      return glyphs.flatMap((glyph, i) => withCurves(glyph.getPath(x + starts[i], y, size).commands));
    },
  };
}

/** A quadratic curve is one with two inner points, each two thirds of the way to its own. */
function withCurves(commands: readonly (Command | Quadratic)[]): Command[] {
  let [fromX, fromY] = [0, 0];
  return commands.map((command): Command => {
    if (command.type === 'Z') return command;
    const { x, y } = command;
    const towards = (from: number, inner: number) => from + (2 / 3) * (inner - from);
    const [startX, startY] = [fromX, fromY];
    [fromX, fromY] = [x, y];
    if (command.type !== 'Q') return command;
    const { x1, y1 } = command;
    const [firstX, firstY] = [towards(startX, x1), towards(startY, y1)];
    return { type: 'C', x1: firstX, y1: firstY, x2: towards(x, x1), y2: towards(y, y1), x, y };
  });
}
