/** Sparse times sparse, row by row (Gustavson, ACM TOMS 4(3), 1978): the pattern is counted first, then filled. */
import { UsageError } from '../core/errors.ts';
import { MAX_ELEMENTS } from '../core/shape.ts';
import { type Compressed, newPointers } from './matrix.ts';

/**
 * a [m, k] · b [k, n] → [m, n]. A position is stored when some product falls on it, even if they cancel. Sums are made in
 * double precision. Throws UsageError when the result has more entries than an index can count.
 */
export function multiplySparse(where: string, a: Compressed, b: Compressed): Compressed {
  const pointers = countEntries(a, b);
  const stored = pointers.total;
  if (stored > MAX_ELEMENTS) throw new UsageError(`${where}: want at most ${MAX_ELEMENTS} entries, got ${stored}`);
  const indices = new Uint32Array(stored);
  const values = new Float32Array(stored);
  const sums = new Float64Array(b.width);
  // The row in which a column was last met, plus 1: sums need no clearing between rows.
  const met = newPointers(b.width);
  let at = 0;
  for (let row = 0; row < a.count; row++) {
    const begin = at;
    for (let i = a.pointers[row]; i < a.pointers[row + 1]; i++) {
      const scale = a.values[i];
      const inner = a.indices[i];
      for (let j = b.pointers[inner]; j < b.pointers[inner + 1]; j++) {
        const column = b.indices[j];
        if (met[column] === row + 1) sums[column] += scale * b.values[j];
        else {
          met[column] = row + 1;
          indices[at++] = column;
          sums[column] = scale * b.values[j];
        }
      }
    }
    indices.subarray(begin, at).sort();
    for (let i = begin; i < at; i++) values[i] = sums[indices[i]];
  }
  return { count: a.count, width: b.width, pointers: pointers.rows, indices, values };
}

function countEntries(a: Compressed, b: Compressed): { readonly rows: Uint32Array; readonly total: number } {
  const rows = newPointers(a.count);
  const met = newPointers(b.width);
  let total = 0;
  for (let row = 0; row < a.count; row++) {
    for (let i = a.pointers[row]; i < a.pointers[row + 1]; i++) {
      const inner = a.indices[i];
      for (let j = b.pointers[inner]; j < b.pointers[inner + 1]; j++) {
        const column = b.indices[j];
        if (met[column] === row + 1) continue;
        met[column] = row + 1;
        total++;
      }
    }
    rows[row + 1] = total;
  }
  return { rows, total };
}
