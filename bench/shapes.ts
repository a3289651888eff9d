import { readFileSync } from 'node:fs';
import { shapeLines } from './shape-lines.ts';

/** The text of bench/shapes/<name>.txt. */
export function shapeText(name: string): string {
  return readFileSync(new URL(`./shapes/${name}.txt`, import.meta.url), 'utf8');
}

/** The lines of bench/shapes/<name>.txt as whole numbers. Throws an Error on anything that is neither that nor a comment. */
export function shapesOf(name: string, columns: number): number[][] {
  return shapeLines(shapeText(name), columns, `shapes/${name}.txt`);
}
