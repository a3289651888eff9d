/** Into how many pieces a step is cut when several threads may share it. */
import type { Match } from '../kernels/kernel.ts';
import { rangesOf } from '../kernels/split.ts';

/** Steps that take less are left whole, in microseconds: to share one out and to wait for the others costs one or two. */
const WORTHWHILE = 8;
/** Pieces are not cut shorter than this, in microseconds. */
const SHORTEST = 4;
/** Threads take pieces as they get to them: several for each even out what the machine does besides. */
const EACH = 4;

/** 1 where the work stays whole. */
export function piecesOf({ split, microseconds }: Match, threads: number): number {
  if (!split || threads === 1 || microseconds < WORTHWHILE) return 1;
  const most = Math.min(EACH * threads, Math.floor(microseconds / SHORTEST));
  return Math.max(1, rangesOf(split, most).length);
}
