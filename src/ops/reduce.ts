/** Reductions over any set of axes. */
import { isInteger } from '../core/dtype.ts';
import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { saturate } from './limits.ts';
import {
  type AttributeRule,
  boolean,
  type GradientContext,
  numbers,
  type Op,
  type OpCall,
  type TensorType,
  typeAt,
} from './op.ts';
import { dataOf, numericAt, reducedAxes } from './operands.ts';
import { flatIndex, walk } from './walk.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  axes: { type: 'numbers', default: [] },
  keepDims: { type: 'boolean', default: true },
  // Whether no axes means none instead of all: each element is then reduced by itself.
  noopWithEmptyAxes: { type: 'boolean', default: false },
};

interface Reduction {
  readonly name: string;
  /** What may be reduced; without it anything but bool. */
  readonly check?: (call: OpCall, input: number) => TensorType;
  /** One result from the elements that it stands for. */
  readonly reduce: (x: Float64Array) => number;
  /** dx, from dy and y with the reduced axes kept as extents of 1. */
  readonly gradient: (context: GradientContext, dy: string, y: () => string) => string;
}

function axesIn(call: OpCall, rank: number): readonly number[] {
  if (numbers(call.attributes, 'axes').length === 0 && boolean(call.attributes, 'noopWithEmptyAxes')) return [];
  return reducedAxes(call, rank);
}

/** Where the elements of each result lie: it starts at an offset of `kept`, and they at those of `reduced` from there. */
function offsetsOf(shape: Shape, axes: readonly number[]): { readonly kept: number[]; readonly reduced: number[] } {
  const strides = stridesOf(shape);
  const offsets = (some: readonly number[]) => {
    const all: number[] = [];
    const steps = some.map((axis) => strides[axis]);
    walk(
      some.map((axis) => shape[axis]),
      (index) => all.push(flatIndex(index, steps)),
    );
    return all;
  };
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return { kept: offsets(others), reduced: offsets(axes) };
}

function reduction({ name, check = numericAt, reduce, gradient }: Reduction): Op {
  return {
    name,
    inputs: ['x'],
    outputs: ['y'],
    attributes,
    infer(call) {
      const { dtype, shape } = check(call, 0);
      const axes = axesIn(call, shape.length);
      if (!boolean(call.attributes, 'keepDims'))
        return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
      return [{ dtype, shape: shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)) }];
    },
    reference(call, inputs, [{ dtype, shape: result }]) {
      const [x] = dataOf(inputs);
      const { shape } = typeAt(call, 0);
      // Extents beside an empty one may be huge.
      if (sizeOf(result) === 0) return [new Float64Array()];
      const { kept, reduced } = offsetsOf(shape, axesIn(call, shape.length));
      const elements = new Float64Array(x.length === 0 ? 0 : reduced.length);
      const y = Float64Array.from(kept, (from) => {
        for (let i = 0; i < elements.length; i++) elements[i] = x[from + reduced[i]];
        return reduce(elements);
      });
      return [isInteger(dtype) ? y.map((value) => (Number.isFinite(value) ? value : saturate(dtype, value))) : y];
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

/** Reduces another value of the shape of x in the same way, keeping axes. */
function likewise({ emit, attributes }: GradientContext, op: string, value: string): string {
  return emit(op, [value], { ...attributes, keepDims: true });
}

/** 1 where two values are equal, else 0. */
function same({ emit, scalar }: GradientContext, a: string, b: string): string {
  return emit('where', [emit('equal', [a, b]), scalar(1), scalar(0)]);
}

function sum(x: Float64Array): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i];
  return total;
}

/** The greatest or the least; the gradient is shared evenly among equals. */
function extremum(name: string, combine: (a: number, b: number) => number, start: number): Op {
  return reduction({
    name,
    // Bools are ordered too: false before true.
    check: typeAt,
    reduce: (x) => x.reduce((best, value) => combine(best, value), start),
    gradient(context, dy, y) {
      const { emit, inputs } = context;
      const chosen = same(context, inputs[0], y());
      return emit('mul', [chosen, emit('div', [dy, likewise(context, 'reduceSum', chosen)])]);
    },
  });
}

/** The sum over `axes` (none: all). Over no elements it is 0. */
export const reduceSum: Op = reduction({
  name: 'reduceSum',
  reduce: sum,
  gradient: ({ emit, inputs: [x] }, dy) => emit('expandLike', [dy, x]),
});

/** The mean over `axes` (none: all), of integers cut off towards zero. Over no elements it is NaN, or 0 among integers. */
export const reduceMean: Op = reduction({
  name: 'reduceMean',
  reduce: (x) => sum(x) / x.length,
  gradient: ({ emit, inputs: [x], outputs: [y] }, dy) =>
    emit('expandLike', [emit('mul', [dy, emit('countRatio', [y, x])]), x]),
});

/** The greatest over `axes` (none: all); NaN if one of them is. Over no elements the lowest that the type holds. */
export const reduceMax: Op = extremum('reduceMax', Math.max, Number.NEGATIVE_INFINITY);

/** The least over `axes` (none: all); NaN if one of them is. Over no elements the highest that the type holds. */
export const reduceMin: Op = extremum('reduceMin', Math.min, Number.POSITIVE_INFINITY);

/** The product over `axes` (none: all). Over no elements it is 1. */
export const reduceProd: Op = reduction({
  name: 'reduceProd',
  reduce: (x) => x.reduce((product, value) => product * value, 1),
  /** The product of the others: y / x; beside one zero only that one has any, beside two of them none. */
  gradient(context, dy, y) {
    const { emit, scalar, inputs } = context;
    const [x] = inputs;
    const isZero = emit('equal', [x, scalar(0)]);
    const zero = emit('where', [isZero, scalar(1), scalar(0)]);
    const zeros = likewise(context, 'reduceSum', zero);
    const rest = emit('where', [isZero, scalar(1), x]);
    const alone = emit('mul', [same(context, zeros, scalar(1)), likewise(context, 'reduceProd', rest)]);
    const others = emit('where', [isZero, alone, emit('div', [y(), rest])]);
    return emit('mul', [dy, others]);
  },
});

/** The sum of absolute values over `axes` (none: all). */
export const reduceL1: Op = reduction({
  name: 'reduceL1',
  reduce: (x) => x.reduce((total, value) => total + Math.abs(value), 0),
  gradient: ({ emit, inputs: [x] }, dy) => emit('mul', [dy, emit('sign', [x])]),
});

/** The root of the sum of squares over `axes` (none: all). Where it is 0 the gradient is taken as 0. */
export const reduceL2: Op = reduction({
  name: 'reduceL2',
  reduce: (x) => Math.sqrt(x.reduce((total, value) => total + value * value, 0)),
  gradient({ emit, scalar, inputs: [x] }, dy, y) {
    const norm = y();
    const divisor = emit('where', [emit('equal', [norm, scalar(0)]), scalar(1), norm]);
    return emit('mul', [emit('div', [dy, divisor]), x]);
  },
});

/** The sum of squares over `axes` (none: all). */
export const reduceSumSquare: Op = reduction({
  name: 'reduceSumSquare',
  reduce: (x) => x.reduce((total, value) => total + value * value, 0),
  gradient: ({ emit, scalar, inputs: [x] }, dy) => emit('mul', [emit('mul', [dy, scalar(2)]), x]),
});

/** The logarithm of the sum over `axes` (none: all). */
export const reduceLogSum: Op = reduction({
  name: 'reduceLogSum',
  reduce: (x) => Math.log(sum(x)),
  gradient: ({ emit, inputs: [x] }, dy, y) =>
    emit('expandLike', [emit('mul', [dy, emit('exp', [emit('neg', [y()])])]), x]),
});

/** The logarithm of the sum of exponentials over `axes` (none: all), without overflow on the way. */
export const reduceLogSumExp: Op = reduction({
  name: 'reduceLogSumExp',
  reduce(x) {
    const top = x.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    if (!Number.isFinite(top)) return top;
    return top + Math.log(x.reduce((total, value) => total + Math.exp(value - top), 0));
  },
  gradient: ({ emit, inputs: [x] }, dy, y) => emit('mul', [dy, emit('exp', [emit('sub', [x, y()])])]),
});
