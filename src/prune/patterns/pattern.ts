import type { Shape } from '../../core/shape.ts';
import type { SparseConstant } from '../../formats/constant.ts';

/** What is kept or pruned as one: an element, a block, a column of a few rows. */
export interface Units {
  readonly count: number;
  /** The unit of one element of the weight seen as a matrix (rows: output features, columns: summed over). */
  readonly of: (row: number, column: number) => number;
}

export interface Pattern {
  /** As reports print it. */
  readonly name: string;
  readonly units: (rows: number, columns: number) => Units;
  /** Present where the pattern itself says how many units stay; the asked sparsity and the scope then have no say. */
  readonly fixed?: {
    readonly sparsity: number;
    /** 1 per unit that stays. A unit scored -Infinity is gone already and never stays. */
    readonly select: (scores: Float64Array, rows: number, columns: number) => Uint8Array;
  };
  /** Stores the elements of `data` (row-major in `shape`) where `keep` is 1. */
  readonly encode: (data: Float32Array, shape: Shape, outputAxis: number, keep: Uint8Array) => SparseConstant;
}
