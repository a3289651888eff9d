/** Reductions over any set of axes. */
import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { project } from './elementwise.ts';
import { boolean, type GradientContext, numbers, type Op, type OpCall, reject, type TensorType, typeAt } from './op.ts';
import { dataOf, numericAt, reducedAxes } from './operands.ts';

interface Reduction {
  readonly name: string;
  readonly check: (call: OpCall, input: number) => TensorType;
  readonly start: number;
  readonly combine: (combined: number, x: number) => number;
  /** From the combined numbers to the result. */
  readonly finish?: (combined: number, count: number) => number;
  /** Whether the result of no numbers has no meaning. */
  readonly wantsSome?: boolean;
  /** dx, from dy and y with the reduced axes kept as extents of 1. */
  readonly gradient: (context: GradientContext, dy: string, y: () => string) => string;
}

/** [2, 3, 4] reduced over [1]: kept [2, 1, 4], result [2, 1, 4] or, without keepDims, [2, 4]. */
function shapesFor(call: OpCall): { readonly kept: Shape; readonly result: Shape; readonly count: number } {
  const { shape } = typeAt(call, 0);
  const axes = reducedAxes(call, shape.length);
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const result = boolean(call.attributes, 'keepDims') ? kept : shape.filter((_, axis) => !axes.includes(axis));
  return { kept, result, count: axes.reduce((product, axis) => product * shape[axis], 1) };
}

function reduction({
  name,
  check,
  start,
  combine,
  finish = (combined) => combined,
  wantsSome,
  gradient,
}: Reduction): Op {
  return {
    name,
    inputs: ['x'],
    outputs: ['y'],
    attributes: { axes: { type: 'numbers', default: [] }, keepDims: { type: 'boolean', default: true } },
    infer(call) {
      const { dtype } = check(call, 0);
      const { result, count } = shapesFor(call);
      if (wantsSome && count === 0 && sizeOf(result) > 0) reject(call.node, 'at least one element to reduce', 'none');
      return [{ dtype, shape: result }];
    },
    reference(call, inputs) {
      const [x] = dataOf(inputs);
      const { shape } = typeAt(call, 0);
      const { kept, count } = shapesFor(call);
      const strides = stridesOf(shape);
      const target = stridesOf(kept).map((stride, axis) => (kept[axis] === 1 ? 0 : stride));
      const y = new Float64Array(sizeOf(kept)).fill(start);
      x.forEach((value, i) => {
        const at = project(i, strides, target);
        y[at] = combine(y[at], value);
      });
      return [y.map((combined) => finish(combined, count))];
    },
    gradient(context) {
      const dy = context.outputGradients[0];
      if (dy === undefined) return [];
      const keep = (value: string) => keptDims(context, value);
      return [gradient(context, keep(dy), () => keep(context.outputs[0]))];
    },
  };
}

/** A value of the result's shape with the reduced axes put back as extents of 1, so that it broadcasts to x. */
function keptDims({ attributes, inputs, shape, emit }: GradientContext, value: string): string {
  const axes = numbers(attributes, 'axes');
  const rank = shape(inputs[0]).length;
  // A scalar, which is what reducing all axes leaves, broadcasts as it is.
  if (boolean(attributes, 'keepDims') || axes.length === 0 || axes.length === rank) return value;
  return emit('unsqueeze', [value], {
    axes: axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b),
  });
}

/** The sum over `axes` (none: all). Over no elements it is 0. */
export const reduceSum: Op = reduction({
  name: 'reduceSum',
  check: numericAt,
  start: 0,
  combine: (sum, x) => sum + x,
  gradient: ({ emit, inputs: [x] }, dy) => emit('expandLike', [dy, x]),
});

/** The mean over `axes` (none: all), of floats. Over no elements it is NaN. */
export const reduceMean: Op = reduction({
  name: 'reduceMean',
  check: floatAt,
  start: 0,
  combine: (sum, x) => sum + x,
  finish: (sum, count) => sum / count,
  gradient: ({ emit, inputs: [x], outputs: [y] }, dy) =>
    emit('expandLike', [emit('mul', [dy, emit('countRatio', [y, x])]), x]),
});

/** The greatest over `axes` (none: all); NaN if one of them is. The gradient is shared evenly among equals. */
export const reduceMax: Op = reduction({
  name: 'reduceMax',
  check: numericAt,
  start: Number.NEGATIVE_INFINITY,
  combine: Math.max,
  wantsSome: true,
  gradient({ emit, attributes, scalar, inputs: [x] }, dy, y) {
    const greatest = emit('where', [emit('equal', [x, y()]), scalar(1), scalar(0)]);
    const count = emit('reduceSum', [greatest], { axes: numbers(attributes, 'axes'), keepDims: true });
    return emit('mul', [greatest, emit('div', [dy, count])]);
  },
});
