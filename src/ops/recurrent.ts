/**
 * What LSTM, GRU and RNN share: their operands, and the walk over directions, batch and time. As ONNX has them, with T steps,
 * B sequences, I inputs, H hidden units, D directions and G gates:
 *
 *     x [T, B, I]   w [D, G·H, I]   r [D, G·H, H]   bias [D, 2·G·H]   lengths [B]   h0 [D, B, H]
 *     y [T, D, B, H]   hLast [D, B, H]
 *
 * or, with batchFirst,   x [B, T, I]   h0 [B, D, H]   y [B, T, D, H]   hLast [B, D, H]
 *
 * A sequence that is shorter than T is 0 in y from its end on; one of length 0 ends in states of 0, as in onnxruntime.
 */
import { type Shape, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import {
  type AttributeRule,
  boolean,
  type NdArray,
  number,
  type OpCall,
  reject,
  shapesOf,
  string,
  type TensorType,
} from './op.ts';
import { type Curve, curvesOf } from './recurrent-curves.ts';

export const recurrentAttributes: Readonly<Record<string, AttributeRule>> = {
  direction: { type: 'string', default: 'forward', oneOf: ['forward', 'reverse', 'bidirectional'] },
  // ONNX names with commas between, the functions of one direction after those of the other; empty: the usual ones.
  activations: { type: 'string', default: '' },
  // For those of the functions that take one, in their order; where the list ends, defaults follow.
  activationAlpha: { type: 'numbers', default: [] },
  activationBeta: { type: 'numbers', default: [] },
  // The sums that enter gates are cut to [-clip, clip].
  clip: { type: 'number', default: Number.POSITIVE_INFINITY },
  batchFirst: { type: 'boolean', default: false },
};

/** Where the inputs stand; not every op has the last two. */
export const X = 0;
export const W = 1;
export const R = 2;
export const BIAS = 3;
export const LENGTHS = 4;
export const H0 = 5;
export const C0 = 6;
export const PEEPHOLES = 7;

export interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly directions: number;
  readonly gates: number;
}

export function sizesOf(call: OpCall, gates: number): Sizes {
  const [x, w, r] = [floatAt(call, X).shape, floatAt(call, W).shape, floatAt(call, R).shape];
  const directions = string(call.attributes, 'direction') === 'bidirectional' ? 2 : 1;
  if (x.length !== 3 || w.length !== 3 || r.length !== 3)
    reject(call.node, 'x [T, B, I], w [D, G H, I], r [D, G H, H]', shapesOf(call));
  const [steps, batch] = boolean(call.attributes, 'batchFirst') ? [x[1], x[0]] : x;
  const [inputs, hidden] = [x[2], r[2]];
  wantLike(call, W, [directions, gates * hidden, inputs], X);
  wantLike(call, R, [directions, gates * hidden, hidden], X);
  return { steps, batch, inputs, hidden, directions, gates };
}

/** Checks the optional operands; returns the types of y and of a last state. */
export function recurrentTypes(call: OpCall, gates: number): [y: TensorType, last: TensorType] {
  const { steps, batch, hidden, directions } = sizesOf(call, gates);
  const first = boolean(call.attributes, 'batchFirst');
  const state = first ? [batch, directions, hidden] : [directions, batch, hidden];
  if (call.types[BIAS]) wantLike(call, BIAS, [directions, 2 * gates * hidden], X);
  const lengths = call.types[LENGTHS];
  if (lengths && (lengths.dtype !== 'int32' || lengths.shape.join() !== `${batch}`))
    reject(call.node, `lengths as int32 [${batch}]`, `${lengths.dtype} [${lengths.shape.join(', ')}]`);
  for (const input of [H0, C0]) if (call.types[input]) wantLike(call, input, state, X);
  if (call.types[PEEPHOLES]) wantLike(call, PEEPHOLES, [directions, 3 * hidden], X);
  const { dtype } = floatAt(call, X);
  return [
    { dtype, shape: first ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden] },
    { dtype, shape: state },
  ];
}

/** One direction as a step sees it. */
export interface Direction {
  readonly hidden: number;
  /** [G·H, H] */
  readonly r: Float64Array;
  /** [G·H], all 0 where there is none: of the inputs, and of the states. */
  readonly wBias: Float64Array;
  readonly rBias: Float64Array;
  /** [3·H] */
  readonly peepholes: Float64Array | undefined;
  readonly curves: readonly Curve[];
  readonly clip: (sum: number) => number;
}

/**
 * Brings h, and c where there is one, one step on. `sums` [G·H] holds w · x of the step, without any bias, and may be
 * written over.
 */
export type Step = (direction: Direction, sums: Float64Array, h: Float64Array, c: Float64Array) => void;

/** out[i] += the product of row `from + i` of a matrix of `columns` columns and x. */
export function addProduct(
  matrix: Float64Array,
  from: number,
  columns: number,
  x: Float64Array,
  xAt: number,
  out: Float64Array,
  outAt: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    let at = (from + row) * columns;
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += matrix[at++] * x[xAt + i];
    out[outAt + row] += sum;
  }
}

/** The arrays of y, the last h and the last c. */
export function runRecurrent(
  call: OpCall,
  inputs: readonly (NdArray | undefined)[],
  sizes: Sizes,
  usual: readonly string[],
  step: Step,
): Float64Array[] {
  const { steps, batch, hidden, directions, gates } = sizes;
  const first = boolean(call.attributes, 'batchFirst');
  const kind = string(call.attributes, 'direction');
  const curves = curvesOf(call, usual, directions);
  const most = number(call.attributes, 'clip');
  const clip = most === Number.POSITIVE_INFINITY ? (x: number) => x : (x: number) => Math.max(-most, Math.min(most, x));
  const [x, w, r] = [X, W, R].map((i) => inputs[i]?.data ?? new Float64Array());
  const rows = gates * hidden;
  const y = new Float64Array(steps * directions * batch * hidden);
  const [hLast, cLast] = [0, 1].map(() => new Float64Array(directions * batch * hidden));
  const sums = new Float64Array(rows);
  for (let d = 0; d < directions; d++) {
    const bias = inputs[BIAS]?.data.subarray(d * 2 * rows, (d + 1) * 2 * rows) ?? new Float64Array(2 * rows);
    const direction: Direction = {
      hidden,
      r: r.subarray(d * rows * hidden, (d + 1) * rows * hidden),
      wBias: bias.subarray(0, rows),
      rBias: bias.subarray(rows),
      peepholes: inputs[PEEPHOLES]?.data.subarray(d * 3 * hidden, (d + 1) * 3 * hidden),
      curves: curves[d],
      clip,
    };
    const backwards = kind === 'reverse' || d === 1;
    const weights = w.subarray(d * rows * sizes.inputs, (d + 1) * rows * sizes.inputs);
    for (let b = 0; b < batch; b++) {
      const length = lengthOf(call, inputs[LENGTHS], b, steps);
      const at = (first ? b * directions + d : d * batch + b) * hidden;
      const state = (input: number) =>
        (length > 0 && inputs[input]?.data.slice(at, at + hidden)) || new Float64Array(hidden);
      const [h, c] = [state(H0), state(C0)];
      for (let s = 0; s < length; s++) {
        const t = backwards ? length - 1 - s : s;
        sums.fill(0);
        addProduct(weights, 0, sizes.inputs, x, (first ? b * steps + t : t * batch + b) * sizes.inputs, sums, 0, rows);
        step(direction, sums, h, c);
        y.set(h, (first ? (b * steps + t) * directions + d : (t * directions + d) * batch + b) * hidden);
      }
      hLast.set(h, at);
      cLast.set(c, at);
    }
  }
  return [y, hLast, cLast];
}

function lengthOf(call: OpCall, lengths: NdArray | undefined, b: number, steps: number): number {
  const length = lengths ? lengths.data[b] : steps;
  if (length < 0 || length > steps) reject(call.node, `lengths in [0, ${steps}]`, `${length} at position ${b}`);
  return length;
}

/** Multiply-adds of one run at full length. */
export function recurrentMultiplyAdds(sizes: Sizes): number {
  const { steps, batch, inputs, hidden, directions, gates } = sizes;
  return sizeOf([steps, batch, directions, gates] as Shape) * hidden * (inputs + hidden);
}
