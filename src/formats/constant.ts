/**
 * A constant tensor: a weight, a bias, a table. Sparsity is an encoding of a constant, never an op.
 *
 * The sparse encodings see a weight as a matrix: rows are output features, columns are what is summed over.
 * `outputAxis` says which axis of `shape` the rows are; the columns are the remaining axes in row-major order.
 *
 *     matmul weight [K, N]          outputAxis 1    N rows, K columns
 *     gemm weight [N, K] (transB)   outputAxis 0    N rows, K columns
 *     conv filter [OC, IC, KH, KW]  outputAxis 0    OC rows, IC*KH*KW columns
 *
 * A stored position is a kept weight, even where its value happens to be 0: the positions are the pruning mask.
 */
import type { DType, TypedArray } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';

export interface DenseConstant {
  readonly encoding: 'dense';
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major. */
  readonly data: TypedArray;
}

interface SparseBase {
  readonly dtype: 'float32';
  readonly shape: Shape;
  readonly outputAxis: number;
}

/** Compressed sparse rows. `columns` ascend within a row; `values` runs parallel to `columns`. */
export interface CsrConstant extends SparseBase {
  readonly encoding: 'csr';
  readonly rowPointers: Uint32Array; // rows + 1
  readonly columns: Uint32Array; // nnz
  readonly values: Float32Array; // nnz
}

/**
 * Block compressed sparse rows with blocks of `block[0]` output features by `block[1]` inputs.
 *
 *     values: block after block; inside a block row after row: [blocks][block[0]][block[1]]
 *
 * Rows and columns that are not a multiple of the block end in a block that sticks out; what sticks out holds 0.
 */
export interface BsrConstant extends SparseBase {
  readonly encoding: 'bsr';
  readonly block: readonly [rows: number, columns: number];
  readonly rowPointers: Uint32Array; // block rows + 1
  readonly columns: Uint32Array; // block column index
  readonly values: Float32Array;
}

/**
 * 'N:M': of every `m` consecutive columns exactly `n` are stored (fewer in a ragged last group: min(n, width)).
 * `sharedRows` consecutive rows share their positions.
 *
 *     positions: [ceil(rows / sharedRows)][groups][n]  column inside the group, ascending
 *     values:    [rows][groups][n]
 *
 * A ragged last group of width w < n stores w positions and pads with position 0 and value 0.
 */
export interface NmConstant extends SparseBase {
  readonly encoding: 'nm';
  readonly n: number;
  readonly m: number;
  readonly sharedRows: number;
  readonly positions: Uint8Array;
  readonly values: Float32Array;
}

export type SparseConstant = CsrConstant | BsrConstant | NmConstant;
export type Constant = DenseConstant | SparseConstant;
export type Encoding = Constant['encoding'];

/** Rows (output features) and columns (summed over) of a weight. */
export interface MatrixView {
  readonly rows: number;
  readonly columns: number;
}

export function matrixView(shape: Shape, outputAxis: number): MatrixView {
  const rows = shape[outputAxis];
  return {
    rows,
    columns: shape.reduce((product, extent, axis) => (axis === outputAxis ? product : product * extent), 1),
  };
}
