import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { axesOf, wholeNumbers } from './checks.ts';
import { numbers, type Op, type OpCall, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { flatIndex, walk } from './walk.ts';

function resultOf(call: OpCall): Shape {
  const { shape } = typeAt(call, 0);
  const asked = numbers(call.attributes, 'axes');
  const axes = asked.length > 0 ? axesOf(call, asked, shape.length) : [...shape.keys()];
  const extents = wholeNumbers(call, 'shape', { count: axes.length, least: 0 });
  return shape.map((extent, axis) => (axes.includes(axis) ? extents[axes.indexOf(axis)] : extent));
}

/** x cropped or padded with zeros to `shape` along `axes` (empty: all), around the middle; the odd one is at the end. */
export const centerCropPad: Op = {
  name: 'centerCropPad',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { shape: { type: 'numbers' }, axes: { type: 'numbers', default: [] } },
  infer: (call) => [{ dtype: typeAt(call, 0).dtype, shape: resultOf(call) }],
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const { shape } = typeAt(call, 0);
    const strides = stridesOf(shape);
    const shifts = shape.map((extent, axis) => {
      const more = output.shape[axis] - extent;
      return more > 0 ? Math.floor(more / 2) : -Math.floor(-more / 2);
    });
    const y = new Float64Array(sizeOf(output.shape));
    walk(output.shape, (index, flat) => {
      const from = index.map((i, axis) => i - shifts[axis]);
      if (from.every((i, axis) => i >= 0 && i < shape[axis])) y[flat] = x[flatIndex(from, strides)];
    });
    return [y];
  },
};
