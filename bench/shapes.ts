import { readFileSync } from 'node:fs';

/** The lines of bench/shapes/<name>.txt as whole numbers; what follows # is a comment. Throws an Error on anything else. */
export function shapesOf(name: string, columns: number): number[][] {
  const lines = readFileSync(new URL(`./shapes/${name}.txt`, import.meta.url), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') return [];
    const numbers = words.map(Number);
    if (numbers.length !== columns || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0))
      throw new Error(`shapes/${name}.txt:${at + 1}: want ${columns} whole numbers, got "${line.trim()}"`);
    return [numbers];
  });
}
