/**
 * SELL-4-σ64 without padding: the form of an unstructured weight for one column (drawn in assembly/sparse/spmv-sell.ts).
 *
 *     pattern   [slices][10] headers, then the columns as u16, two to a word
 *     order     for each value of the form its index in the constant's values, or STICK_OUT
 *
 * The headers' length depends on the number of rows alone: a pattern that has lost weights fits into the memory of the one
 * it replaces.
 */
import { invariant } from '../core/errors.ts';
import { matrixView, type SparseConstant } from '../formats/constant.ts';

/** Rows that are sorted by length, and rows of a slice. */
export const WINDOW = 64;
export const SLICE = 4;
const HEADER = 10;
const ABSENT = 0xffffffff;

/** Columns that a u16 can name. */
export const MOST_COLUMNS = 65536;

/** Bytes from the start of the pattern to the header of the slice that row `row` (a multiple of WINDOW) begins. */
export function headerBytes(row: number): number {
  return Math.ceil(row / SLICE) * HEADER * 4;
}

interface Sliced {
  readonly pattern: Uint32Array;
  readonly order: Uint32Array;
}

/** The csr walk of a constant in slices. */
export function sliced(
  constant: SparseConstant,
  walk: { readonly rowPointers: Uint32Array; readonly columns: Uint32Array; readonly order: Uint32Array },
): Sliced {
  const { rows, columns: width } = matrixView(constant.shape, constant.outputAxis);
  invariant(width <= MOST_COLUMNS, `SELL of ${width} columns`);
  const { rowPointers, columns } = walk;
  const length = (row: number) => rowPointers[row + 1] - rowPointers[row];
  const header = headerBytes(rows) / 4;
  const pattern = new Uint32Array(header + Math.ceil(columns.length / 2));
  const picked = new Uint16Array(pattern.buffer, header * 4);
  const order = new Uint32Array(columns.length);
  let [word, next] = [0, 0];
  const take = (row: number, from: number, to: number) => {
    for (let i = rowPointers[row] + from; i < rowPointers[row] + to; i++) {
      picked[next] = columns[i];
      order[next++] = walk.order[i];
    }
  };
  for (let first = 0; first < rows; first += WINDOW) {
    const window = Array.from({ length: Math.min(WINDOW, rows - first) }, (_, i) => first + i);
    window.sort((a, b) => length(b) - length(a) || a - b);
    for (let at = 0; at < window.length; at += SLICE) {
      const slice = window.slice(at, at + SLICE);
      const shared = slice.length === SLICE ? length(slice[SLICE - 1]) : 0;
      pattern.set([next, shared], word);
      for (let lane = 0; lane < SLICE; lane++) {
        const row = slice[lane];
        pattern.set(row === undefined ? [ABSENT, 0] : [row, length(row) - shared], word + 2 + 2 * lane);
      }
      word += HEADER;
      for (let i = 0; i < shared; i++) for (const row of slice) take(row, i, i + 1);
      for (const row of slice) take(row, shared, length(row));
    }
  }
  return { pattern, order };
}
