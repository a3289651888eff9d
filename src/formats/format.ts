/** What every weight encoding can do: one row of the table in table.ts. */
import { UsageError } from '../core/errors.ts';
import { format, type Shape, sizeOf } from '../core/shape.ts';
import { type Constant, type MatrixView, matrixView, type SparseConstant } from './constant.ts';
import { STICK_OUT, storedPositions } from './positions.ts';

export interface FormatOptions {
  /** bsr: output features by inputs of one block. */
  readonly block?: readonly [rows: number, columns: number];
  /** nm: kept positions of every `m` consecutive columns. */
  readonly n?: number;
  readonly m?: number;
  /** nm: consecutive rows that share their positions; 1 by default. */
  readonly sharedRows?: number;
}

export interface Format<C extends Constant> {
  readonly encoding: C['encoding'];
  /**
   * Encodes `data`, row-major in `shape`. `keep` (1 = kept, same order) is the mask; without it the non-zeros are kept.
   * What is not kept becomes 0. Throws UsageError when the mask does not fit the pattern or a length is wrong.
   */
  readonly fromDense: (
    data: Float32Array,
    shape: Shape,
    outputAxis: number,
    keep?: Uint8Array,
    options?: FormatOptions,
  ) => C;
  /** Row-major values, 0 where nothing is stored. Always a new array. */
  readonly toDense: (constant: C) => Float32Array;
  /** 1 at every stored position, row-major in the constant's shape. */
  readonly keep: (constant: C) => Uint8Array;
  /** Everything that is wrong with the constant; empty when it is sound. */
  readonly verify: (constant: C) => string[];
  /** Bytes of all its arrays. */
  readonly bytes: (constant: C) => number;
  /** Positions that store a weight of the matrix; padding does not count. */
  readonly stored: (constant: C) => number;
}

/** Where matrix entry (row, column) lies in the row-major data of `shape`. */
export interface Placement extends MatrixView {
  readonly at: (row: number, column: number) => number;
}

/** The matrix that `shape` is along `outputAxis`. Throws UsageError on a bad axis. */
export function placement(shape: Shape, outputAxis: number): Placement {
  if (!Number.isInteger(outputAxis) || outputAxis < 0 || outputAxis >= shape.length)
    throw new UsageError(
      `want an output axis in [0, ${shape.length - 1}] for shape ${format(shape)}, got ${outputAxis}`,
    );
  const { rows, columns } = matrixView(shape, outputAxis);
  const inner = sizeOf(shape.slice(outputAxis + 1));
  if (outputAxis === 0) return { rows, columns, at: (row, column) => row * columns + column };
  return {
    rows,
    columns,
    at: (row, column) => (Math.floor(column / inner) * rows + row) * inner + (column % inner),
  };
}

/** Throws UsageError unless data and mask have one number per element of `shape`. */
export function checkLengths(data: Float32Array, shape: Shape, keep: Uint8Array | undefined): void {
  const size = sizeOf(shape);
  if (data.length !== size) throw new UsageError(`want ${size} values for shape ${format(shape)}, got ${data.length}`);
  if (keep && keep.length !== size)
    throw new UsageError(`want a mask of ${size} bytes for shape ${format(shape)}, got ${keep.length}`);
}

/** A mask test that works with and without a mask. */
export function keeper(data: Float32Array, keep: Uint8Array | undefined): (index: number) => boolean {
  return keep ? (index) => keep[index] !== 0 : (index) => data[index] !== 0;
}

/** Problems of the shape and output axis that all sparse encodings share. */
export function shapeProblems(shape: Shape, outputAxis: number): string[] {
  try {
    placement(shape, outputAxis);
    sizeOf(shape);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Problems of compressed rows: `rows` rows over `columns` columns with `length` stored entries. */
export function rowProblems(rowPointers: Uint32Array, columnOf: Uint32Array, rows: number, columns: number): string[] {
  if (rowPointers.length !== rows + 1) return [`want ${rows + 1} row pointers, got ${rowPointers.length}`];
  const problems: string[] = [];
  if (rowPointers[0] !== 0) problems.push(`row pointers start at ${rowPointers[0]}, want 0`);
  if (rowPointers[rows] !== columnOf.length)
    problems.push(`row pointers end at ${rowPointers[rows]}, want ${columnOf.length}, the number of stored columns`);
  for (let row = 0; row < rows; row++) {
    const begin = rowPointers[row];
    const end = rowPointers[row + 1];
    if (end < begin) {
      problems.push(`row pointers fall from ${begin} to ${end} at row ${row}`);
      continue;
    }
    for (let i = begin; i < Math.min(end, columnOf.length); i++) {
      if (columnOf[i] >= columns) problems.push(`row ${row}: column ${columnOf[i]} is outside [0, ${columns})`);
      else if (i > begin && columnOf[i] <= columnOf[i - 1])
        problems.push(`row ${row}: column ${columnOf[i]} follows ${columnOf[i - 1]}, want ascending columns`);
    }
    if (problems.length > 20) return problems;
  }
  return problems;
}

/** The stored values at their places in the row-major shape, 0 elsewhere. */
export function scatter(constant: SparseConstant): Float32Array {
  const data = new Float32Array(sizeOf(constant.shape));
  storedPositions(constant).forEach((at, i) => {
    if (at !== STICK_OUT) data[at] = constant.values[i];
  });
  return data;
}

/** 1 at every stored place of the row-major shape. */
export function maskOf(constant: SparseConstant): Uint8Array {
  const mask = new Uint8Array(sizeOf(constant.shape));
  for (const at of storedPositions(constant)) if (at !== STICK_OUT) mask[at] = 1;
  return mask;
}

/** The constant with its kept values taken from `data`; what is not kept stays 0. */
export function fill<C extends SparseConstant>(constant: C, data: Float32Array, kept: (index: number) => boolean): C {
  storedPositions(constant).forEach((at, i) => {
    if (at !== STICK_OUT && kept(at)) constant.values[i] = data[at];
  });
  return constant;
}

/** Problems of values that lie outside the matrix, where only 0 may stand. The pattern itself must be sound. */
export function strayProblems(constant: SparseConstant): string[] {
  const positions = storedPositions(constant);
  const stray = constant.values.findIndex((value, i) => positions[i] === STICK_OUT && value !== 0);
  return stray < 0 ? [] : [`value ${stray} sticks out of the matrix and is ${constant.values[stray]}, want 0`];
}
