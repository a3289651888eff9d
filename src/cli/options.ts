/** Texts of the command line to values. Each throws an InvalidArgumentError saying what was wanted. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PatternOption, Selector } from '../prune/index.ts';

/** A whole number from `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Want a whole number from ${least}.`);
    return value;
  };
}

/** A number from `least` to `most`. */
export function numberBetween(least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most) || !Number.isFinite(value))
      throw new InvalidArgumentError(
        most === Number.POSITIVE_INFINITY ? `Want a number from ${least}.` : `Want a number from ${least} to ${most}.`,
      );
    return value;
  };
}

/** `300,100` */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber(1));
}

/** Collects an option that may be given many times. */
export function repeated<T>(parse: (text: string) => T): (text: string, previous: readonly T[] | undefined) => T[] {
  return (text, previous = []) => [...previous, parse(text)];
}

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** `NAME=VALUE`, split at the first `=`. */
export function pair(text: string): Pair {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Want NAME=VALUE.');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** `NAME=1x784`; `NAME=` alone is a scalar. */
export function namedShape(text: string): NamedShape {
  const at = text.lastIndexOf('=');
  const extents = text.slice(at + 1);
  if (at < 1 || !/^(\d+(x\d+)*)?$/.test(extents))
    throw new InvalidArgumentError('Want NAME=EXTENTS such as image=1x784.');
  return { name: text.slice(0, at), shape: extents === '' ? [] : extents.split('x').map(Number) };
}

/** A name, or a regular expression as `/…/flags`. */
export function selector(text: string): Selector {
  const match = /^\/(.+)\/([a-z]*)$/s.exec(text);
  if (!match) return text;
  try {
    return new RegExp(match[1], match[2]);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : 'Want a regular expression.');
  }
}

/** `unstructured`, blocks as `4x1` (outputs x inputs), `2:4`, or `2:4x4` where 4 rows share their positions. */
export function pattern(text: string): PatternOption {
  if (text === 'unstructured') return text;
  const block = /^(\d+)x(\d+)$/.exec(text);
  if (block) return { block: [Number(block[1]), Number(block[2])] };
  const nm = /^(\d+):(\d+)(?:x(\d+))?$/.exec(text);
  if (!nm) throw new InvalidArgumentError('Want unstructured, 4x1 (a block), 2:4 (N:M) or 2:4x4 (N:M, rows sharing).');
  return { nm: `${Number(nm[1])}:${Number(nm[2])}`, sharedRows: Number(nm[3] ?? 1) };
}

/** One of a few words, for options that may be given many times. */
export function oneOf<W extends string>(words: readonly W[]): (text: string) => W {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word === undefined) throw new InvalidArgumentError(`Want one of ${words.join(', ')}.`);
    return word;
  };
}

/** An option that takes one of a few words. */
export function choice(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

export function addJson(command: Command): Command {
  return command.option('--json', 'print JSON instead of tables');
}

export function addShape(command: Command): Command {
  return command.option(
    '--shape <name=extents>',
    'extents of an input, e.g. image=1x784 (repeatable; named dimensions are 1 by default)',
    repeated(namedShape),
  );
}
