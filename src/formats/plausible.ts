/** A guard for readers of files: a few bytes may declare a sparse weight of any size, and its row pointers alone would fill the memory. */
import { format, type Shape } from '../core/shape.ts';

/** Up to this many elements any sparsity is believed; beyond, so many elements per stored value. */
const BELIEVED = 2 ** 24;
const BELIEVED_PER_VALUE = 4096;

/** What is wrong with a sparse weight of this shape that stores so few values; undefined when it may be. */
export function implausible(shape: Shape, stored: number): string | undefined {
  // An empty axis does not bound the others: [2^31, 0] has no element and 2^31 rows.
  const extent = shape.reduce((product, axis) => product * Math.max(axis, 1), 1);
  if (extent <= Math.max(BELIEVED, BELIEVED_PER_VALUE * stored)) return undefined;
  return `want at most ${BELIEVED_PER_VALUE} elements per stored value, got ${format(shape)} with ${stored} stored`;
}
