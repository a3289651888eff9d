/** A guard for readers of files: a few bytes may declare any shape, and the pointers of its rows alone would fill the memory. */
import { isExtent } from './checks.ts';

/** Up to this many rows or columns are believed of any file; beyond, so many per entry. */
const BELIEVED = 2 ** 22;
const BELIEVED_PER_ENTRY = 4096;

/** True when a file with so many entries may well mean a matrix of this extent. */
export function isBelievable(extent: unknown, entries: number): boolean {
  return isExtent(extent) && extent <= Math.max(BELIEVED, BELIEVED_PER_ENTRY * entries);
}
