import { axisOf, floatAt, wantLike } from './checks.ts';
import { number, type Op, type OpCall, typeAt } from './op.ts';
import { around, dataOf } from './operands.ts';

interface Rowwise {
  readonly name: string;
  readonly inputs: readonly string[];
  /** A row of the result from the same row of every input. */
  readonly apply: (...rows: Float64Array[]) => Float64Array;
  /** The companion that the gradient emits as (dy, y). */
  readonly companion?: string;
}

/** An op on each run of elements along `axis`: operands and result of one shape. */
function rowwise({ name, inputs, apply, companion }: Rowwise): Op {
  const axisIn = (call: OpCall, rank: number) => axisOf(call, number(call.attributes, 'axis'), rank);
  return {
    name,
    inputs,
    outputs: ['y'],
    attributes: { axis: { type: 'number', default: -1 } },
    infer(call) {
      const { dtype, shape } = floatAt(call, 0);
      inputs.forEach((_, i) => wantLike(call, i, shape, 0));
      axisIn(call, shape.length);
      return [{ dtype, shape }];
    },
    reference(call, operands, [{ shape }]) {
      const data = dataOf(operands);
      const { outer, extent, inner } = around(shape, axisIn(call, typeAt(call, 0).shape.length));
      const y = new Float64Array(data[0].length);
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          const at = (e: number) => (o * extent + e) * inner + i;
          const rows = data.map((x) => Float64Array.from({ length: extent }, (_, e) => x[at(e)]));
          apply(...rows).forEach((value, e) => {
            y[at(e)] = value;
          });
        }
      return [y];
    },
    ...(companion !== undefined && {
      gradient: ({ emit, outputs, outputGradients: [dy], attributes }) =>
        dy === undefined ? [] : [emit(companion, [dy, outputs[0]], attributes)],
    }),
  };
}

/** x - log Σ exp(x), with the greatest x taken out first so that nothing overflows. */
function logNormalized(x: Float64Array): Float64Array {
  const top = x.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const log = Math.log(x.reduce((sum, value) => sum + Math.exp(value - top), 0));
  return x.map((value) => value - top - log);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** exp(x) / Σ exp(x) along one axis. */
export const softmax: Op = rowwise({
  name: 'softmax',
  inputs: ['x'],
  apply: (x) => logNormalized(x).map(Math.exp),
  companion: 'softmaxGrad',
});

/** log softmax(x) along one axis. */
export const logSoftmax: Op = rowwise({
  name: 'logSoftmax',
  inputs: ['x'],
  apply: logNormalized,
  companion: 'logSoftmaxGrad',
});

/** y · (dy - Σ dy · y) along the axis, with y = softmax(x). */
export const softmaxGrad: Op = rowwise({
  name: 'softmaxGrad',
  inputs: ['dy', 'y'],
  apply(dy, y) {
    const sum = sumOf(dy.map((value, i) => value * y[i]));
    return dy.map((value, i) => y[i] * (value - sum));
  },
});

/** dy - exp(y) · Σ dy along the axis, with y = logSoftmax(x). */
export const logSoftmaxGrad: Op = rowwise({
  name: 'logSoftmaxGrad',
  inputs: ['dy', 'y'],
  apply(dy, y) {
    const sum = sumOf(dy);
    return dy.map((value, i) => value - Math.exp(y[i]) * sum);
  },
});

/** 1 at the first of the greatest along the axis, 0 elsewhere. It has no gradient rule. */
export const hardmax: Op = rowwise({
  name: 'hardmax',
  inputs: ['x'],
  apply(x) {
    const top = x.reduce((most, value, i) => (value > x[most] ? i : most), 0);
    return x.map((_, i) => Number(i === top));
  },
});
