/** Parts of a dense product: where it may be cut, and such parts as are still near when they are to be finished. */
import { NEAR_BYTES } from './epilogue.ts';
import { inBlocks } from './split.ts';

/** Of a product [batch][rows][columns] in each axis the first and how many. */
export interface Part {
  readonly batch: readonly [number, number];
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/**
 * Where the kernel's sums do not depend on where it began: rows in fours, columns in panels of 8 (two, to end with a cache
 * line), or four panels when there is one row. A last row alone would take the way of a single row, so m = 4 i + 1 is not
 * cut by rows.
 */
export const ROWS = 4;
export const COLUMNS = 16;
export const WIDE_COLUMNS = 32;

/**
 * Rows and columns that f32_gemm_4x8 takes before the next, and how much of the sum at a time: in parts that end with them it
 * does the same work.
 */
export function groupsOf(k: number): { readonly height: number; readonly width: number; readonly block: number } {
  const block = k <= 1536 ? Math.max(1, k) : 1024;
  return {
    block,
    height: Math.max(12, Math.floor(GROUP_BYTES / (4 * block) / 12) * 12),
    width: Math.max(1, Math.floor(GROUP_BYTES / (32 * block))) * 8,
  };
}

const GROUP_BYTES = 1 << 18;

/** The starts of so many rows may be in the second cache at the same time, even if they lie a power of 2 apart. */
const MOST_ROWS = 256;

/** The largest multiple of `unit` in so many, at least one. */
const multiple = (most: number, unit: number) => Math.max(1, Math.floor(most / unit)) * unit;

/**
 * The part in parts of about NEAR_BYTES, where the kernel goes through them one after another anyway: small matrices, all
 * columns of some rows, or all of few rows in some columns. Others stay whole: what is won by finishing them in pieces is
 * lost by multiplying them in pieces.
 */
export function nearParts(
  part: Part,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
): readonly Part[] {
  const [[item, items], [top, rows], [left, columns]] = [part.batch, part.rows, part.columns];
  const bytes = rows * columns * 4;
  if (bytes === 0) return [];
  if (rows === m && columns === n && bytes <= NEAR_BYTES)
    return inBlocks(items, Math.floor(NEAR_BYTES / bytes), (first, count) => [
      { ...part, batch: [item + first, count] },
    ]);
  const { height, width } = groupsOf(k);
  const highest = columns <= width ? multiple(NEAR_BYTES / (4 * columns), height) : rows;
  const widest = rows <= MOST_ROWS ? multiple(NEAR_BYTES / (4 * rows), rows === 1 ? WIDE_COLUMNS : width) : columns;
  return inBlocks(items, 1, (i) =>
    // A last row joins those before it.
    inBlocks(Math.max(1, rows - 1), highest, (row, count) =>
      inBlocks(columns, widest, (column, breadth) => [
        {
          batch: [item + i, 1],
          rows: [top + row, row + count === rows - 1 ? count + 1 : count],
          columns: [left + column, breadth],
        },
      ]),
    ),
  );
}
