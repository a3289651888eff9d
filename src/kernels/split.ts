/** Ranges of a split, and the splits that many rows share. */
import type { Addresses, Call, Match, Split } from './kernel.ts';

export interface Range {
  readonly first: number;
  readonly count: number;
}

/** At most `parts` ranges of nearly the same length that cover the axis, none empty. */
export function rangesOf({ extent, unit }: Pick<Split, 'extent' | 'unit'>, parts: number): Range[] {
  const units = Math.ceil(extent / unit);
  const count = Math.min(parts, units);
  const start = (part: number) => Math.min(extent, Math.floor((part * units) / count) * unit);
  return Array.from({ length: count }, (_, part) => ({ first: start(part), count: start(part + 1) - start(part) }));
}

/** Goes along an axis in blocks, the last one shorter. */
export function inBlocks<T>(length: number, block: number, each: (first: number, count: number) => readonly T[]): T[] {
  return Array.from({ length: Math.ceil(length / block) }, (_, i) =>
    each(i * block, Math.min(block, length - i * block)),
  ).flat();
}

/** The match whose `calls` are those of the whole axis. */
export function along<T extends Omit<Match, 'calls' | 'split'>>(match: T, split: Split): T & Match {
  const { extent, calls } = split;
  return { ...match, calls: (at: Addresses) => (extent === 0 ? [] : calls(at, 0, extent)), split };
}

/** Of several ways to cut the same work the first that gives enough pieces, else the one that gives most. */
export function finest(splits: readonly [Split, ...Split[]]): Split {
  const units = ({ extent, unit }: Split) => Math.ceil(extent / unit);
  return splits.find((split) => units(split) >= ENOUGH) ?? splits.reduce((a, b) => (units(b) > units(a) ? b : a));
}

/** Pieces of unequal length matter less when there are this many. */
const ENOUGH = 8;

/** Elements in a row: f32 pieces start at cache lines of their own, where the operands do. */
export function elements(n: number, calls: (at: Addresses, first: number, count: number) => readonly Call[]): Split {
  return { extent: n, unit: 64, calls };
}
