import type { Shape } from '../../core/shape.ts';

/** A weight as pruning sees it: full numbers, and which of them are still there. */
export interface Weight {
  /** The constant's name in the graph. */
  readonly name: string;
  readonly shape: Shape;
  /** The axis of `shape` that runs over output features; the others are summed over. */
  readonly outputAxis: number;
  /** Row-major in `shape`; 0 where pruned. */
  readonly data: Float32Array;
  /** 1 where the weight is kept, 0 where it was pruned before. Absent: nothing was. */
  readonly keep?: Uint8Array;
}

/** What was measured outside: pruning itself never runs a model. */
export interface Evidence {
  /** The gradient of the loss by each weight, of the weight's full shape, under the constant's name. */
  readonly gradients?: ReadonlyMap<string, Float32Array>;
}

/**
 * How much each element matters, row-major in the weight's shape; the smallest go first. Scores add up: the score of a
 * block is the sum over its elements. NaN and -Infinity are refused.
 */
export interface Criterion {
  (weight: Weight, evidence: Evidence): Float32Array | Float64Array;
  /** What has to be measured beforehand; a training loop measures that and nothing else. */
  readonly needs?: readonly (keyof Evidence)[];
}
