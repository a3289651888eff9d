/** Matrices from triplets, from dense numbers and from masks: always as rows. */
import { UsageError } from '../core/errors.ts';
import { readIndices, readValues } from './checks.ts';
import { type Compressed, flip, type MatrixShape, newPointers } from './matrix.ts';

/** Where something is stored: 1 or true per position, row-major; or a function of the position. */
export type Mask = ArrayLike<number | boolean> | ((row: number, column: number) => boolean);

/** What to do with a position that comes twice. */
export type Duplicates = 'sum' | 'reject';

/**
 * Entries in any order. Duplicates are added up in double precision, in the order they come, or rejected.
 * Throws UsageError for arrays of unequal length, indices out of range, and what `duplicates` rejects.
 */
export function rowsOfTriplets(
  where: string,
  [rows, columns]: MatrixShape,
  given: { readonly rowIndices: unknown; readonly columnIndices: unknown; readonly values: unknown },
  duplicates: Duplicates,
): Compressed {
  if (duplicates !== 'sum' && duplicates !== 'reject')
    throw new UsageError(`${where}: duplicates: want 'sum' or 'reject', got ${JSON.stringify(duplicates)}`);
  const rowIndices = readIndices(`${where}: rowIndices`, given.rowIndices, undefined, rows);
  const columnIndices = readIndices(`${where}: columnIndices`, given.columnIndices, rowIndices.length, columns);
  const values = readValues(`${where}: values`, given.values, rowIndices.length);
  // Sorted by column first; flipping sorts by row and leaves the columns of each row in order.
  const pointers = newPointers(columns);
  for (const column of columnIndices) pointers[column + 1]++;
  for (let column = 0; column < columns; column++) pointers[column + 1] += pointers[column];
  const next = pointers.slice(0, columns);
  const indices = new Uint32Array(rowIndices.length);
  const moved = new Float32Array(rowIndices.length);
  for (let i = 0; i < columnIndices.length; i++) {
    const at = next[columnIndices[i]]++;
    indices[at] = rowIndices[i];
    moved[at] = values[i];
  }
  const sorted = flip({ count: columns, width: rows, pointers, indices, values: moved });
  return merged(where, sorted, duplicates);
}

function merged(where: string, sorted: Compressed, duplicates: Duplicates): Compressed {
  const { count, width, pointers, indices, values } = sorted;
  const starts = newPointers(count);
  let at = 0;
  for (let row = 0; row < count; row++) {
    for (let i = pointers[row]; i < pointers[row + 1]; ) {
      const column = indices[i];
      let sum: number = values[i++];
      while (i < pointers[row + 1] && indices[i] === column) {
        if (duplicates === 'reject')
          throw new UsageError(`${where}: want each position once, got [${row}, ${column}] again`);
        sum += values[i++];
      }
      indices[at] = column;
      values[at++] = sum;
    }
    starts[row + 1] = at;
  }
  return { count, width, pointers: starts, indices: indices.slice(0, at), values: values.slice(0, at) };
}

/** Entries of row-major numbers: where the mask says so or, without one, where the number is not 0 (NaN is not). */
export function rowsOfDense(where: string, [rows, columns]: MatrixShape, data: Float32Array, mask?: Mask): Compressed {
  const kept =
    mask === undefined
      ? (row: number, column: number) => data[row * columns + column] !== 0
      : test(where, mask, rows, columns);
  return gathered(rows, columns, kept, (row, column) => data[row * columns + column]);
}

/** Entries where the mask says so, all of one value or of a function's values. */
export function rowsOfMask(
  where: string,
  [rows, columns]: MatrixShape,
  mask: Mask,
  value: number | ((row: number, column: number) => number),
): Compressed {
  const valueAt = typeof value === 'function' ? value : () => value;
  return gathered(rows, columns, test(where, mask, rows, columns), (row, column) => {
    const number = valueAt(row, column);
    if (typeof number === 'number') return number;
    throw new UsageError(`${where}: want a number as the value at [${row}, ${column}], got ${typeof number}`);
  });
}

function test(where: string, mask: Mask, rows: number, columns: number): (row: number, column: number) => boolean {
  if (typeof mask === 'function') return mask;
  if (mask?.length !== rows * columns)
    throw new UsageError(
      `${where}: want a function or a mask of ${rows * columns} numbers, got ${mask?.length ?? typeof mask}`,
    );
  return (row, column) => Boolean(mask[row * columns + column]);
}

/** Asks for every position once, in order. */
function gathered(
  rows: number,
  columns: number,
  kept: (row: number, column: number) => boolean,
  valueAt: (row: number, column: number) => number,
): Compressed {
  const pointers = newPointers(rows);
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) if (kept(row, column)) indices.push(column);
    pointers[row + 1] = indices.length;
  }
  const values = new Float32Array(indices.length);
  for (let row = 0; row < rows; row++)
    for (let i = pointers[row]; i < pointers[row + 1]; i++) values[i] = valueAt(row, indices[i]);
  return { count: rows, width: columns, pointers, indices: Uint32Array.from(indices), values };
}
