import { format, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { type Op, type OpCall, reject } from './op.ts';

/** x [N, C, ...] as planes of `size` elements, and the shape of one number per plane. */
export function planesOf(call: OpCall): { readonly out: Shape; readonly planes: number; readonly size: number } {
  const { shape } = floatAt(call, 0);
  const size = sizeOf(shape.slice(2));
  if (shape.length < 3 || size === 0)
    reject(call.node, '[N, C, ...] with at least one element per channel', format(shape));
  return { out: shape.map((extent, axis) => (axis < 2 ? extent : 1)), planes: shape[0] * shape[1], size };
}

/** The mean over all axes behind the channel, which stay as extents of 1: x [N, C, ...] -> [N, C, 1, ...]. */
export const globalAvgPool: Op = {
  name: 'globalAvgPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  infer: (call) => [{ dtype: floatAt(call, 0).dtype, shape: planesOf(call).out }],
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { planes, size } = planesOf(call);
    const y = new Float64Array(planes);
    x.data.forEach((value, at) => {
      y[Math.floor(at / size)] += value / size;
    });
    return [y];
  },
  gradient({ inputs: [x], outputs: [y], outputGradients: [dy], emit }) {
    return dy === undefined ? [] : [emit('expandLike', [emit('mul', [dy, emit('countRatio', [y, x])]), x])];
  },
};

/** The largest over all axes behind the channel; NaN if one of them is. The gradient is shared evenly among equals. */
export const globalMaxPool: Op = {
  name: 'globalMaxPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  infer: (call) => [{ dtype: floatAt(call, 0).dtype, shape: planesOf(call).out }],
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { planes, size } = planesOf(call);
    const y = new Float64Array(planes).fill(Number.NEGATIVE_INFINITY);
    x.data.forEach((value, at) => {
      const plane = Math.floor(at / size);
      y[plane] = Math.max(y[plane], value);
    });
    return [y];
  },
  gradient({ inputs: [x], outputs: [y], outputGradients: [dy], emit, scalar, shape }) {
    if (dy === undefined) return [];
    const greatest = emit('where', [emit('equal', [x, y]), scalar(1), scalar(0)]);
    const axes = shape(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    const count = emit('reduceSum', [greatest], { axes, keepDims: true });
    return [emit('mul', [greatest, emit('div', [dy, count])])];
  },
};
