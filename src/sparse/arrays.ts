/** A sparse tensor as the plain arrays of its layout, in both directions. */
import { UsageError } from '../core/errors.ts';
import { checkAscending, checkShape, readIndices, readPointers, readValues } from './checks.ts';
import { compressedMatrix, type Matrix, type MatrixShape, newPointers, shapeOf } from './matrix.ts';
import { checkBlock, checkLayout, checkNm } from './pack.ts';

/** Sorted triplets: row by row, columns ascending within a row, no position twice. */
export interface CooArrays<I = Int32Array, V = Float32Array> {
  readonly layout: 'coo';
  readonly shape: MatrixShape;
  readonly rowIndices: I;
  readonly columnIndices: I;
  readonly values: V;
}

/** Compressed rows: those of row r are rowPointers[r] up to rowPointers[r + 1], columns ascending. */
export interface CsrArrays<I = Int32Array, V = Float32Array> {
  readonly layout: 'csr';
  readonly shape: MatrixShape;
  readonly rowPointers: I;
  readonly columnIndices: I;
  readonly values: V;
}

/** Compressed columns: those of column c are columnPointers[c] up to columnPointers[c + 1], rows ascending. */
export interface CscArrays<I = Int32Array, V = Float32Array> {
  readonly layout: 'csc';
  readonly shape: MatrixShape;
  readonly columnPointers: I;
  readonly rowIndices: I;
  readonly values: V;
}

/**
 * Compressed rows of blocks; `columnIndices` count blocks, `values` is [blocks][block[0]][block[1]]. Blocks at the edges
 * may stick out of the matrix; what sticks out is 0.
 */
export interface BsrArrays<I = Int32Array, V = Float32Array> {
  readonly layout: 'bsr';
  readonly shape: MatrixShape;
  readonly block: readonly [rows: number, columns: number];
  readonly rowPointers: I;
  readonly columnIndices: I;
  readonly values: V;
}

/**
 * Of every `m` consecutive columns `n` are stored: `positions` [ceil(rows / sharedRows)][groups][n], each the column inside
 * its group, ascending; `values` [rows][groups][n]. In a last group of fewer than n columns the rest is 0 in both.
 */
export interface NmArrays<P = Uint8Array, V = Float32Array> {
  readonly layout: 'nm';
  readonly shape: MatrixShape;
  readonly n: number;
  readonly m: number;
  readonly sharedRows: number;
  readonly positions: P;
  readonly values: V;
}

/** What `arrays()` gives: copies, so that the tensor never changes. */
export type SparseArrays = CooArrays | CsrArrays | CscArrays | BsrArrays | NmArrays;

type Numbers = ArrayLike<number>;

/** What `fromArrays` takes: the same, in typed arrays or plain ones. */
export type SparseArraysLike =
  | CooArrays<Numbers, Numbers>
  | CsrArrays<Numbers, Numbers>
  | CscArrays<Numbers, Numbers>
  | BsrArrays<Numbers, Numbers>
  | (Omit<NmArrays<Numbers, Numbers>, 'sharedRows'> & { readonly sharedRows?: number });

/** Copies the arrays. Throws UsageError, naming array and place, for a wrong length, order or range. */
export function matrixOf(where: string, arrays: SparseArraysLike): Matrix {
  if (typeof arrays !== 'object' || arrays === null)
    throw new UsageError(`${where}: want an object with a layout and its arrays, got ${String(arrays)}`);
  const { layout } = arrays;
  checkLayout(`${where}: layout`, layout);
  const shape = checkShape(`${where}: shape`, arrays.shape);
  const at = (name: string) => `${where}: ${layout} ${name}`;
  switch (arrays.layout) {
    case 'coo':
      return readTriplets(arrays, shape, at);
    case 'csr': {
      const lines = readLines(arrays.rowPointers, arrays.columnIndices, shape, at, ['row', 'column']);
      return compressedMatrix('csr', shape, {
        ...lines,
        values: readValues(at('values'), arrays.values, lines.indices.length),
      });
    }
    case 'csc': {
      const flipped: MatrixShape = [shape[1], shape[0]];
      const lines = readLines(arrays.columnPointers, arrays.rowIndices, flipped, at, ['column', 'row']);
      return compressedMatrix('csc', shape, {
        ...lines,
        values: readValues(at('values'), arrays.values, lines.indices.length),
      });
    }
    case 'bsr':
      return readBlocks(arrays, shape, at);
    case 'nm':
      return readGroups(arrays, shape, at);
  }
}

type At = (name: string) => string;

function readTriplets(arrays: CooArrays<Numbers, Numbers>, shape: MatrixShape, at: At): Matrix {
  const [rows, columns] = shape;
  const rowIndices = readIndices(at('rowIndices'), arrays.rowIndices, undefined, rows);
  const stored = rowIndices.length;
  const indices = readIndices(at('columnIndices'), arrays.columnIndices, stored, columns);
  const values = readValues(at('values'), arrays.values, stored);
  const pointers = newPointers(rows);
  for (let i = 0; i < stored; i++) {
    if (
      i > 0 &&
      (rowIndices[i] < rowIndices[i - 1] || (rowIndices[i] === rowIndices[i - 1] && indices[i] <= indices[i - 1]))
    )
      throw new UsageError(
        `${at('indices')}[${i}]: want a position behind [${rowIndices[i - 1]}, ${indices[i - 1]}], got ` +
          `[${rowIndices[i]}, ${indices[i]}]: fromTriplets takes any order`,
      );
    pointers[rowIndices[i] + 1]++;
  }
  for (let row = 0; row < rows; row++) pointers[row + 1] += pointers[row];
  return compressedMatrix('coo', shape, { count: rows, width: columns, pointers, indices, values });
}

/** The pattern of `count` lines over `width` positions, lines named first. */
function readLines(
  pointers: unknown,
  indices: unknown,
  [count, width]: readonly [number, number],
  at: At,
  [line, position]: readonly [string, string],
) {
  const inLines = readIndices(at(`${position}Indices`), indices, undefined, width);
  const starts = readPointers(at(`${line}Pointers`), pointers, count, inLines.length);
  checkAscending(at(`${position}Indices`), line, starts, inLines);
  return { count, width, pointers: starts, indices: inLines };
}

function readBlocks(arrays: BsrArrays<Numbers, Numbers>, shape: MatrixShape, at: At): Matrix {
  const [rows, columns] = shape;
  const block = checkBlock(at('block'), arrays.block);
  const [height, breadth] = block;
  const grid = [Math.ceil(rows / height), Math.ceil(columns / breadth)] as const;
  const { pointers, indices } = readLines(arrays.rowPointers, arrays.columnIndices, grid, at, ['row', 'column']);
  const values = readValues(at('values'), arrays.values, indices.length * height * breadth);
  for (let blockRow = 0; blockRow < grid[0]; blockRow++)
    for (let i = pointers[blockRow]; i < pointers[blockRow + 1]; i++) {
      if ((blockRow + 1) * height <= rows && (indices[i] + 1) * breadth <= columns) continue;
      for (let r = 0; r < height; r++)
        for (let c = 0; c < breadth; c++) {
          const inside = blockRow * height + r < rows && indices[i] * breadth + c < columns;
          const place = (i * height + r) * breadth + c;
          if (!inside && values[place] !== 0)
            throw new UsageError(`${at('values')}[${place}]: want 0 outside the matrix, got ${values[place]}`);
        }
    }
  return {
    layout: 'bsr',
    constant: {
      ...{ encoding: 'bsr', dtype: 'float32', shape, outputAxis: 0, block },
      ...{ rowPointers: pointers, columns: indices, values },
    },
  };
}

function readGroups(arrays: Extract<SparseArraysLike, { readonly layout: 'nm' }>, shape: MatrixShape, at: At): Matrix {
  const [rows, columns] = shape;
  const { n, m, sharedRows = 1 } = arrays;
  checkNm(at('numbers'), n, m, sharedRows);
  const groups = Math.ceil(columns / m);
  const given = readIndices(at('positions'), arrays.positions, Math.ceil(rows / sharedRows) * groups * n, m);
  const values = readValues(at('values'), arrays.values, rows * groups * n);
  for (let i = 0; i < given.length; i++) {
    const width = Math.min(m, columns - (Math.floor(i / n) % groups) * m);
    const [least, most] = i % n >= width ? [0, 0] : [i % n === 0 ? 0 : given[i - 1] + 1, width - 1];
    if (given[i] < least || given[i] > most)
      throw new UsageError(`${at('positions')}[${i}]: want a position in [${least}, ${most}], got ${given[i]}`);
  }
  for (let i = 0; i < values.length; i++)
    if (values[i] !== 0 && i % n >= columns - (Math.floor(i / n) % groups) * m)
      throw new UsageError(`${at('values')}[${i}]: want 0 outside the matrix, got ${values[i]}`);
  return {
    layout: 'nm',
    constant: {
      ...{ encoding: 'nm', dtype: 'float32', shape, outputAxis: 0 },
      ...{ n, m, sharedRows, positions: Uint8Array.from(given), values },
    },
  };
}

/** Copies of the arrays of the matrix. */
export function arraysOf(matrix: Matrix): SparseArrays {
  const shape = shapeOf(matrix);
  const { layout, constant } = matrix;
  const values = constant.values.slice();
  switch (layout) {
    case 'nm': {
      const { n, m, sharedRows, positions } = constant;
      return { layout, shape, n, m, sharedRows, positions: positions.slice(), values };
    }
    case 'bsr': {
      const { block, rowPointers, columns } = constant;
      return { layout, shape, block, rowPointers: signed(rowPointers), columnIndices: signed(columns), values };
    }
    case 'csc':
      return {
        layout,
        shape,
        columnPointers: signed(constant.rowPointers),
        rowIndices: signed(constant.columns),
        values,
      };
    case 'csr':
      return {
        layout,
        shape,
        rowPointers: signed(constant.rowPointers),
        columnIndices: signed(constant.columns),
        values,
      };
    case 'coo':
      return {
        layout,
        shape,
        rowIndices: linesOf(constant.rowPointers),
        columnIndices: signed(constant.columns),
        values,
      };
  }
}

function signed(indices: Uint32Array): Int32Array {
  return new Int32Array(indices);
}

/** The line of each entry. */
export function linesOf(pointers: Uint32Array): Int32Array {
  const lines = new Int32Array(pointers[pointers.length - 1]);
  for (let line = 0; line + 1 < pointers.length; line++) lines.fill(line, pointers[line], pointers[line + 1]);
  return lines;
}
