import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { axesOf, wantLike, wholeNumbers } from './checks.ts';
import { type AttributeRule, numbers, type Op, type OpCall, reject, typeAt } from './op.ts';
import { flatIndex, walk } from './walk.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  starts: { type: 'numbers' },
  ends: { type: 'numbers' },
  axes: { type: 'numbers', default: [] },
  steps: { type: 'numbers', default: [] },
};

/** Along one axis: positions start, start + step, ... `count` of them. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

function rangesOf(call: OpCall, shape: Shape): Range[] {
  const starts = wholeNumbers(call, 'starts');
  const count = starts.length;
  const ends = wholeNumbers(call, 'ends', { count });
  const asked = numbers(call.attributes, 'axes');
  if (asked.length === 0 && count > shape.length) reject(call.node, `at most ${shape.length} starts`, String(count));
  const axes =
    asked.length === 0
      ? starts.map((_, axis) => axis)
      : axesOf(call, wholeNumbers(call, 'axes', { count }), shape.length);
  const given = numbers(call.attributes, 'steps');
  const steps = given.length === 0 ? starts.map(() => 1) : wholeNumbers(call, 'steps', { count });
  if (steps.includes(0)) reject(call.node, 'steps other than 0', `[${steps.join(', ')}]`);

  const ranges = shape.map((extent): Range => ({ start: 0, step: 1, count: extent }));
  axes.forEach((axis, i) => {
    const [extent, step] = [shape[axis], steps[i]];
    // Going backwards the first position is at most extent - 1 and the end, which is excluded, may be -1.
    const clamp = (value: number, low: number, high: number) =>
      Math.min(Math.max(value < 0 ? value + extent : value, low), high);
    const start = step > 0 ? clamp(starts[i], 0, extent) : clamp(starts[i], 0, extent - 1);
    const end = step > 0 ? clamp(ends[i], 0, extent) : clamp(ends[i], -1, extent - 1);
    ranges[axis] = { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
  return ranges;
}

/** Visits each element of the slice with its flat position in the whole. */
function visit(call: OpCall, whole: Shape, each: (whole: number, part: number) => void): void {
  const ranges = rangesOf(call, whole);
  const own = stridesOf(whole);
  const offset = ranges.reduce((sum, { start }, axis) => sum + start * own[axis], 0);
  const strides = ranges.map(({ step }, axis) => step * own[axis]);
  const part = ranges.map(({ count }) => count);
  walk(part, (index, flat) => each(offset + flatIndex(index, strides), flat));
}

/**
 * Positions starts, starts + steps, ... before ends along `axes` (empty: the first axes in order; steps empty: all 1).
 * As in ONNX, negative positions count from the back, everything is clamped to the extent, and steps may be negative.
 */
export const slice: Op = {
  name: 'slice',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    return [{ dtype, shape: rangesOf(call, shape).map(({ count }) => count) }];
  },
  reference(call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, x.shape, (whole, part) => {
      y[part] = x.data[whole];
    });
    return [y];
  },
  gradient({ attributes: { starts, ends, axes, steps }, inputs, outputGradients: [dy], emit }) {
    return dy === undefined ? [] : [emit('sliceGrad', [dy, inputs[0]], { starts, ends, axes, steps })];
  },
};

/** The gradient of slice: dy at the positions that were taken, 0 elsewhere. x gives its shape only. */
export const sliceGrad: Op = {
  name: 'sliceGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    const { dtype, shape } = typeAt(call, 1);
    const part = rangesOf(call, shape).map(({ count }) => count);
    wantLike(call, 0, part, 1);
    return [{ dtype, shape }];
  },
  reference(call, [dy], [output]) {
    if (!dy) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    visit(call, output.shape, (whole, part) => {
      dx[whole] = dy.data[part];
    });
    return [dx];
  },
  shapeOnly: [1],
};
