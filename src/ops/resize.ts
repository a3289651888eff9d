import type { Taps } from '../core/resample.ts';
import { resampledAxes, tapsByAxis } from '../core/resize.ts';
import { format, type Shape, sizeOf } from '../core/shape.ts';
import { axesOf, floatAt, wantLike } from './checks.ts';
import { type AttributeRule, number, numbers, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { around, dataOf, numericAt } from './operands.ts';

export const resizeAttributes: Readonly<Record<string, AttributeRule>> = {
  mode: { type: 'string', default: 'nearest', oneOf: ['nearest', 'linear', 'cubic'] },
  coordinates: {
    type: 'string',
    default: 'halfPixel',
    oneOf: [
      'halfPixel',
      'halfPixelSymmetric',
      'pytorchHalfPixel',
      'alignCorners',
      'asymmetric',
      'tfHalfPixelForNn',
      'tfCropAndResize',
    ],
  },
  nearestMode: {
    type: 'string',
    default: 'roundPreferFloor',
    oneOf: ['roundPreferFloor', 'roundPreferCeil', 'floor', 'ceil', 'simple'],
  },
  cubicCoeffA: { type: 'number', default: -0.75 },
  excludeOutside: { type: 'boolean', default: false },
  antialias: { type: 'boolean', default: false },
  /** What stands outside of the input; only tfCropAndResize leads there. */
  extrapolationValue: { type: 'number', default: 0 },
  /** One of the two, for each of the axes. */
  scales: { type: 'numbers', default: [] },
  sizes: { type: 'numbers', default: [] },
  /** Empty: all of them. */
  axes: { type: 'numbers', default: [] },
  /** With sizes: whether one scale, the least or the greatest of them, serves all axes. */
  keepAspectRatio: { type: 'string', default: 'stretch', oneOf: ['stretch', 'notLarger', 'notSmaller'] },
  /** Starts, then ends, of the axes, as parts of 1; for tfCropAndResize. */
  roi: { type: 'numbers', default: [] },
};

/** The extents that come out, after everything that the attributes say has been checked. */
function resizedShape(call: OpCall, shape: Shape): number[] {
  const { attributes, node } = call;
  const list = (name: string) => numbers(attributes, name);
  const [scales, sizes, roi] = [list('scales'), list('sizes'), list('roi')];
  const count = list('axes').length > 0 ? axesOf(call, list('axes'), shape.length).length : shape.length;
  const given = sizes.length > 0 ? sizes : scales;
  if ((scales.length > 0 && sizes.length > 0) || given.length !== count)
    reject(node, `either scales or sizes for ${count} axes`, `scales ${format(scales)} and sizes ${format(sizes)}`);
  if (!given.every((value) => value > 0 && Number.isFinite(value)) || !sizes.every(Number.isInteger))
    reject(node, 'positive scales, or sizes in whole numbers', format(given));
  if (string(attributes, 'coordinates') === 'tfCropAndResize' && roi.length !== 2 * count)
    reject(node, `a roi of ${2 * count} numbers`, format(roi));
  const axes = resampledAxes(attributes, shape);
  if (axes.some(({ from, to }) => from === 0 && to > 0)) reject(node, 'something to resize', format(shape));
  return axes.map(({ to }) => to);
}

/** Applies the taps of one axis to [outer][from][inner], or, `back`, adds [outer][to][inner] up along them. */
function along(x: Float64Array, shape: Shape, axis: number, extent: number, taps: Taps, back: boolean): Float64Array {
  const { outer, inner } = around(shape, axis);
  const [from, to] = back ? [extent, shape[axis]] : [shape[axis], extent];
  const result = new Float64Array(outer * extent * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < to; i++)
      for (let k = i * taps.count; k < (i + 1) * taps.count; k++) {
        const weight = taps.weights[k];
        if (weight === 0) continue;
        const [near, far] = [(o * from + taps.positions[k]) * inner, (o * to + i) * inner];
        for (let j = 0; j < inner; j++) {
          if (back) result[near + j] += weight * x[far + j];
          else result[far + j] += weight * x[near + j];
        }
      }
  return result;
}

/** Writes `value` over every element that lies outside along some axis. */
function fillOutside(y: Float64Array, shape: Shape, taps: readonly (Taps | undefined)[], value: number): void {
  taps.forEach((axisTaps, axis) => {
    const { outer, extent, inner } = around(shape, axis);
    axisTaps?.outside?.forEach((is, i) => {
      if (!is) return;
      for (let o = 0; o < outer; o++) y.fill(value, (o * extent + i) * inner, (o * extent + i + 1) * inner);
    });
  });
}

/**
 * x resampled along its axes to scales or sizes (ONNX Resize). The axes are independent of one another: each output is a sum
 * of inputs with the products of the weights along the axes. Results in integers are truncated.
 */
export const resize: Op = {
  name: 'resize',
  inputs: ['x'],
  outputs: ['y'],
  attributes: resizeAttributes,
  infer(call) {
    const { dtype, shape } = string(call.attributes, 'mode') === 'nearest' ? typeAt(call, 0) : numericAt(call, 0);
    return [{ dtype, shape: resizedShape(call, shape) }];
  },
  reference(call, inputs, [output]) {
    const { shape } = typeAt(call, 0);
    const taps = tapsByAxis(call.attributes, shape);
    let [y] = dataOf(inputs);
    let now = shape;
    taps.forEach((axisTaps, axis) => {
      if (!axisTaps) return;
      y = along(y, now, axis, output.shape[axis], axisTaps, false);
      now = now.with(axis, output.shape[axis]);
    });
    if (y === inputs[0]?.data) y = y.slice();
    fillOutside(y, output.shape, taps, number(call.attributes, 'extrapolationValue'));
    return [y];
  },
  gradient: ({ attributes, inputs: [x], outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('resizeGrad', [dy, x], attributes)],
  multiplyAdds: (call, [{ shape }]) => (string(call.attributes, 'mode') === 'nearest' ? 0 : 2 * sizeOf(shape)),
};

/** The gradient of resize: dy goes back to the inputs that it was made of, by the same weights. x gives its shape only. */
export const resizeGrad: Op = {
  name: 'resizeGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes: resizeAttributes,
  infer(call) {
    const { dtype, shape } = floatAt(call, 1);
    wantLike(call, 0, resizedShape(call, shape), 1);
    return [{ dtype, shape }];
  },
  reference(call, inputs, [output]) {
    const { shape } = typeAt(call, 0);
    const taps = tapsByAxis(call.attributes, output.shape);
    let [dx] = dataOf(inputs.slice(0, 1));
    dx = dx.slice();
    fillOutside(dx, shape, taps, 0);
    let now = shape;
    taps.forEach((axisTaps, axis) => {
      if (!axisTaps) return;
      dx = along(dx, now, axis, output.shape[axis], axisTaps, true);
      now = now.with(axis, output.shape[axis]);
    });
    return [dx];
  },
  shapeOnly: [1],
};
