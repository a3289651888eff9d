/**
 * What a sparse tensor holds: the name of a layout and a constant in the encoding that stores it. Data only; a matrix is
 * never changed once it is made.
 *
 *     layout   encoding   order of the values
 *     coo      csr        row by row, columns ascending: sorted triplets, kept with row pointers
 *     csr      csr        row by row, columns ascending
 *     csc      csr        column by column, rows ascending: the constant's rows are the columns (output axis 1)
 *     bsr      bsr        block row by block row, block columns ascending; [block[0]][block[1]] inside a block
 *     nm       nm         row by row; of every m consecutive columns n are stored
 *
 * Stored positions are the pattern, zeros among their values included.
 */
import { UsageError } from '../core/errors.ts';
import type { BsrConstant, CsrConstant, NmConstant } from '../formats/constant.ts';

export const layouts = ['coo', 'csr', 'csc', 'bsr', 'nm'] as const;
export type Layout = (typeof layouts)[number];

export type MatrixShape = readonly [rows: number, columns: number];

/** How values are stored, for layouts that have a choice. */
export interface LayoutOptions {
  /** bsr: rows and columns of a block; [4, 1] by default, which has the fastest kernels. */
  readonly block?: readonly [rows: number, columns: number];
  /** nm: at most `n` of every `m` consecutive columns are stored; 2 of 4 by default. */
  readonly n?: number;
  readonly m?: number;
  /** nm: consecutive rows that share their positions; 1 by default. */
  readonly sharedRows?: number;
}

export type Matrix =
  | { readonly layout: 'coo' | 'csr' | 'csc'; readonly constant: CsrConstant }
  | { readonly layout: 'bsr'; readonly constant: BsrConstant }
  | { readonly layout: 'nm'; readonly constant: NmConstant };

/** Compressed lines, rows or columns: what everything on the host is computed from. Indices ascend within a line. */
export interface Compressed {
  /** Lines. */
  readonly count: number;
  /** Positions in a line. */
  readonly width: number;
  /** [count + 1] */
  readonly pointers: Uint32Array;
  /** [stored] */
  readonly indices: Uint32Array;
  /** [stored] */
  readonly values: Float32Array;
}

export function shapeOf({ constant }: Matrix): MatrixShape {
  return [constant.shape[0], constant.shape[1]];
}

/** Zeroed pointers of `count` lines. Throws UsageError when there is no memory for so many. */
export function newPointers(count: number): Uint32Array {
  try {
    return new Uint32Array(count + 1);
  } catch {
    throw new UsageError(`want memory for the pointers of ${count} rows or columns, got none: too many`);
  }
}

/** Rows of values from the lines a matrix of this shape is compressed in: 'csr' over rows, 'csc' over columns. */
export function compressedMatrix(layout: 'coo' | 'csr' | 'csc', shape: MatrixShape, lines: Compressed): Matrix {
  const { pointers, indices, values } = lines;
  const outputAxis = layout === 'csc' ? 1 : 0;
  return {
    layout,
    constant: {
      ...{ encoding: 'csr', dtype: 'float32', shape, outputAxis },
      ...{ rowPointers: pointers, columns: indices, values },
    },
  };
}

/** The same entries compressed along the other axis: a counting sort, stable, so indices ascend in the result. */
export function flip({ count, width, pointers, indices, values }: Compressed): Compressed {
  const flipped = newPointers(width);
  for (let i = 0; i < indices.length; i++) flipped[indices[i] + 1]++;
  for (let line = 0; line < width; line++) flipped[line + 1] += flipped[line];
  const next = flipped.slice(0, width);
  const lines = new Uint32Array(indices.length);
  const moved = new Float32Array(indices.length);
  for (let line = 0; line < count; line++)
    for (let i = pointers[line]; i < pointers[line + 1]; i++) {
      const at = next[indices[i]]++;
      lines[at] = line;
      moved[at] = values[i];
    }
  return { count: width, width: count, pointers: flipped, indices: lines, values: moved };
}

/** The entries row by row. Arrays are shared with the matrix where its layout has them: do not write. */
export function rowsOf(matrix: Matrix): Compressed {
  const { layout, constant } = matrix;
  const [rows, columns] = shapeOf(matrix);
  if (layout === 'bsr') return rowsOfBlocks(constant, rows, columns);
  if (layout === 'nm') return rowsOfGroups(constant, rows, columns);
  const { rowPointers: pointers, columns: indices, values } = constant;
  if (layout !== 'csc') return { count: rows, width: columns, pointers, indices, values };
  return flip({ count: columns, width: rows, pointers, indices, values });
}

/** The entries column by column. Arrays are shared with a csc matrix: do not write. */
export function columnsOf(matrix: Matrix): Compressed {
  if (matrix.layout !== 'csc') return flip(rowsOf(matrix));
  const [rows, columns] = shapeOf(matrix);
  const { rowPointers: pointers, columns: indices, values } = matrix.constant;
  return { count: columns, width: rows, pointers, indices, values };
}

function rowsOfBlocks({ block, rowPointers, columns: blocks, values }: BsrConstant, rows: number, columns: number) {
  const [height, breadth] = block;
  const pointers = newPointers(rows);
  const indices = new Uint32Array(values.length);
  const out = new Float32Array(values.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const blockRow = Math.floor(row / height);
    for (let i = rowPointers[blockRow]; i < rowPointers[blockRow + 1]; i++) {
      const from = (i * height + (row % height)) * breadth;
      const first = blocks[i] * breadth;
      const inside = Math.min(breadth, columns - first);
      for (let c = 0; c < inside; c++) {
        indices[at] = first + c;
        out[at++] = values[from + c];
      }
    }
    pointers[row + 1] = at;
  }
  return { count: rows, width: columns, pointers, indices: indices.slice(0, at), values: out.slice(0, at) };
}

function rowsOfGroups({ n, m, sharedRows, positions, values }: NmConstant, rows: number, columns: number) {
  const groups = Math.ceil(columns / m);
  const pointers = newPointers(rows);
  const indices = new Uint32Array(values.length);
  const out = new Float32Array(values.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const from = (Math.floor(row / sharedRows) * groups + group) * n;
      const inside = Math.min(n, columns - group * m);
      for (let i = 0; i < inside; i++) {
        indices[at] = group * m + positions[from + i];
        out[at++] = values[(row * groups + group) * n + i];
      }
    }
    pointers[row + 1] = at;
  }
  return { count: rows, width: columns, pointers, indices: indices.slice(0, at), values: out.slice(0, at) };
}

/** Stored positions inside the matrix; what sticks out of it does not count. */
export function storedIn(matrix: Matrix): number {
  const { layout, constant } = matrix;
  const [rows, columns] = shapeOf(matrix);
  if (layout === 'nm') {
    const { n, m } = constant;
    return rows * (Math.floor(columns / m) * n + Math.min(n, columns % m));
  }
  if (layout !== 'bsr') return constant.values.length;
  const [height, breadth] = constant.block;
  let stored = 0;
  for (let blockRow = 0; blockRow < constant.rowPointers.length - 1; blockRow++) {
    const inside = Math.min(height, rows - blockRow * height);
    for (let i = constant.rowPointers[blockRow]; i < constant.rowPointers[blockRow + 1]; i++)
      stored += inside * Math.min(breadth, columns - constant.columns[i] * breadth);
  }
  return stored;
}
