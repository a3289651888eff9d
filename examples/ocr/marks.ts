/** How well a model reads lines that nothing was learnt from. */
import type { Image } from '../ocr-lines/raster.ts';
import { errorOf } from './errors.ts';
import { linesOf } from './lines.ts';

export interface TestLines {
  readonly texts: readonly string[];
  readonly images: readonly Image[];
}

export interface Marks {
  /** Share of characters that are wrong, spaces among them, but for those at the ends of a line. */
  readonly error: number;
  /** The same without any spaces, as PP-OCR's own metric has it. */
  readonly withoutSpaces: number;
  /** Lines without an error. */
  readonly exact: number;
}

export function testLines(seed: number, count: number): TestLines {
  const lines = linesOf('test', seed);
  const all = Array.from({ length: count }, (_, i) => lines(i));
  return { texts: all.map(({ text }) => text), images: all.map(({ image }) => image) };
}

export function marksOf(written: readonly string[], read: readonly string[]): Marks {
  const pairs = written.map((text, i) => [text.trim(), read[i].trim()] as const);
  const bare = pairs.map(([a, b]) => [a.replaceAll(' ', ''), b.replaceAll(' ', '')] as const);
  return {
    error: errorOf(pairs),
    withoutSpaces: errorOf(bare),
    exact: pairs.filter(([a, b]) => a === b).length,
  };
}
