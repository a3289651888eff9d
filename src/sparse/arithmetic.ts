/** Arithmetic on the host, over rows: each result in double precision, then rounded once to float32. */
import type { Compressed } from './matrix.ts';
import { newPointers } from './matrix.ts';

/** Fills a matrix row by row; the arrays grow as needed. */
interface Rows {
  push(column: number, value: number): void;
  endRow(): void;
  done(): Compressed;
}

function collect(count: number, width: number, room: number): Rows {
  const pointers = newPointers(count);
  let indices = new Uint32Array(room);
  let values = new Float32Array(room);
  let stored = 0;
  let row = 0;
  return {
    push(column, value) {
      if (stored === indices.length) {
        const more = Math.max(16, 2 * stored);
        const [oldIndices, oldValues] = [indices, values];
        indices = new Uint32Array(more);
        indices.set(oldIndices);
        values = new Float32Array(more);
        values.set(oldValues);
      }
      indices[stored] = column;
      values[stored++] = value;
    },
    endRow() {
      pointers[++row] = stored;
    },
    done: () => ({ count, width, pointers, indices: indices.slice(0, stored), values: values.slice(0, stored) }),
  };
}

const NONE = -1;

/** Calls `visit` with the places of each column that a row of a or of b stores, ascending; NONE where one does not. */
function eachInEither(
  a: Compressed,
  b: Compressed,
  row: number,
  visit: (column: number, i: number, j: number) => void,
) {
  let [i, j] = [a.pointers[row], b.pointers[row]];
  const [aEnd, bEnd] = [a.pointers[row + 1], b.pointers[row + 1]];
  while (i < aEnd || j < bEnd) {
    const left = i < aEnd ? a.indices[i] : Number.POSITIVE_INFINITY;
    const right = j < bEnd ? b.indices[j] : Number.POSITIVE_INFINITY;
    visit(Math.min(left, right), left <= right ? i : NONE, right <= left ? j : NONE);
    if (left <= right) i++;
    if (right <= left) j++;
  }
}

/** a + scale · b; stored wherever either is. */
export function add(a: Compressed, b: Compressed, scale: number): Compressed {
  const out = collect(a.count, a.width, a.indices.length + b.indices.length);
  for (let row = 0; row < a.count; row++) {
    eachInEither(a, b, row, (column, i, j) => {
      if (j === NONE) out.push(column, a.values[i]);
      else out.push(column, i === NONE ? scale * b.values[j] : a.values[i] + scale * b.values[j]);
    });
    out.endRow();
  }
  return out.done();
}

/** a · b element by element; stored where both are. */
export function multiply(a: Compressed, b: Compressed): Compressed {
  const out = collect(a.count, a.width, Math.min(a.indices.length, b.indices.length));
  for (let row = 0; row < a.count; row++) {
    eachInEither(a, b, row, (column, i, j) => {
      if (i !== NONE && j !== NONE) out.push(column, a.values[i] * b.values[j]);
    });
    out.endRow();
  }
  return out.done();
}

/** a · dense element by element, stored where a is. */
export function multiplyDense(a: Compressed, dense: Float32Array): Compressed {
  const values = new Float32Array(a.values.length);
  for (let row = 0; row < a.count; row++)
    for (let i = a.pointers[row]; i < a.pointers[row + 1]; i++)
      values[i] = a.values[i] * dense[row * a.width + a.indices[i]];
  return { ...a, values };
}

/** Only the entries whose value is not 0. */
export function withoutZeros(a: Compressed): Compressed {
  const out = collect(a.count, a.width, a.indices.length);
  for (let row = 0; row < a.count; row++) {
    for (let i = a.pointers[row]; i < a.pointers[row + 1]; i++)
      if (a.values[i] !== 0) out.push(a.indices[i], a.values[i]);
    out.endRow();
  }
  return out.done();
}

/** The rows and columns from `begin` up to `end` of each range. */
export function slice(a: Compressed, rows: readonly [number, number], columns: readonly [number, number]): Compressed {
  const out = collect(rows[1] - rows[0], columns[1] - columns[0], 0);
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let i = lowerBound(a, row, columns[0]); i < a.pointers[row + 1] && a.indices[i] < columns[1]; i++)
      out.push(a.indices[i] - columns[0], a.values[i]);
    out.endRow();
  }
  return out.done();
}

/** The first place in a row whose column is at least `column`; the row's end when there is none. */
export function lowerBound({ pointers, indices }: Compressed, row: number, column: number): number {
  let low = pointers[row];
  let high = pointers[row + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (indices[middle] < column) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** [count]: what each line adds up to. */
export function sumOfLines({ count, pointers, values }: Compressed): Float32Array {
  const sums = new Float32Array(count);
  for (let line = 0; line < count; line++) {
    let sum = 0;
    for (let i = pointers[line]; i < pointers[line + 1]; i++) sum += values[i];
    sums[line] = sum;
  }
  return sums;
}

/** [width]: what each position adds up to over all lines. */
export function sumOverLines({ width, indices, values }: Compressed): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < indices.length; i++) sums[indices[i]] += values[i];
  return Float32Array.from(sums);
}

/** Row-major [count, width], 0 where nothing is stored. */
export function dense({ count, width, pointers, indices, values }: Compressed): Float32Array {
  const out = new Float32Array(count * width);
  for (let row = 0; row < count; row++)
    for (let i = pointers[row]; i < pointers[row + 1]; i++) out[row * width + indices[i]] = values[i];
  return out;
}

/**
 * True when every element of a and b is the same number, or differs by at most tolerance · max(1, |b|). What is not stored
 * is 0; NaN is the same as NaN.
 */
export function equal(a: Compressed, b: Compressed, tolerance: number): boolean {
  let same = true;
  for (let row = 0; row < a.count && same; row++)
    eachInEither(a, b, row, (_, i, j) => {
      const x = i === NONE ? 0 : a.values[i];
      const y = j === NONE ? 0 : b.values[j];
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return;
      if (!(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))) || !Number.isFinite(x) || !Number.isFinite(y))
        same = false;
    });
  return same;
}
