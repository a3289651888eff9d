/** Lines to draw: words, numbers, dates, prices and names, with the punctuation that goes with them. */
import { readFileSync } from 'node:fs';
import type { Dice } from './random.ts';

/** Which lines: words, fonts and seeds of these are apart. */
export type Part = 'training' | 'test';

/** English words of the package an-array-of-english-words: every tenth is for the test alone. */
export function wordsOf(part: Part): string[] {
  const file = new URL('../../bench/peers/node_modules/an-array-of-english-words/index.json', import.meta.url);
  const words = (JSON.parse(readFileSync(file, 'utf8')) as string[]).filter((word) => word.length <= 12);
  return words.filter((_, i) => (i % 10 === 7) === (part === 'test'));
}

/** A line of about this many characters. */
export function lineOf(words: readonly string[], length: number, dice: Dice): string {
  let line = '';
  do {
    line += (line === '' ? '' : ' ') + piece(words, dice);
  } while (line.length < length);
  if (dice.chance(0.2)) line += dice.pick(['.', '!', '?', ':', ';', ',']);
  // What stands apart from words is where recognisers slip.
  else if (dice.chance(0.06)) line += dice.pick([' .', ' !', ' ?', ' -', ' :', ' *']);
  return line;
}

function piece(words: readonly string[], dice: Dice): string {
  const { pick, whole, chance } = dice;
  const kind = dice.between(0, 1);
  if (kind < 0.62) return word(words, dice);
  if (kind < 0.7) return `${word(words, dice)}${pick([',', ',', '.', ';', ':', '!', '?'])}`;
  if (kind < 0.76) return String(whole(0, 10 ** whole(1, 6)));
  if (kind < 0.8) return `${pick(['$', '$', '', ''])}${whole(0, 9999)}.${two(whole(0, 99))}`;
  if (kind < 0.83)
    return `${whole(1, 31)}${pick(['.', '/', '-'])}${two(whole(1, 12))}${pick(['.', '/', '-'])}${whole(1950, 2030)}`;
  if (kind < 0.85) return `${two(whole(0, 23))}:${two(whole(0, 59))}`;
  if (kind < 0.88) return `(${word(words, dice)})`;
  if (kind < 0.9) return `"${word(words, dice)}"`;
  if (kind < 0.92) return `${word(words, dice)}-${word(words, dice)}`;
  if (kind < 0.94) return `${whole(0, 100)}%`;
  if (kind < 0.96) return pick(['&', '-', '+', '=', '/', '#', '*', '@']);
  if (kind < 0.98) return `${letters(whole(1, 3), dice)}${chance(0.5) ? '-' : ''}${whole(1, 99999)}`;
  return `${pick(words)}@${pick(words)}.${pick(['com', 'org', 'net', 'de'])}`;
}

function word(words: readonly string[], { pick, chance }: Dice): string {
  const plain = pick(words);
  if (chance(0.65)) return plain;
  return chance(0.7) ? plain[0].toUpperCase() + plain.slice(1) : plain.toUpperCase();
}

function letters(count: number, { whole }: Dice): string {
  return Array.from({ length: count }, () => String.fromCharCode(65 + whole(0, 25))).join('');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
