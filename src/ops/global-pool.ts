import { format, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { type Op, type OpCall, reject } from './op.ts';

function planeOf(call: OpCall): { readonly planes: Shape; readonly rank: number; readonly size: number } {
  const { shape } = floatAt(call, 0);
  const size = sizeOf(shape.slice(2));
  if (shape.length < 3 || size === 0)
    reject(call.node, '[N, C, ...] with at least one element per channel', format(shape));
  return { planes: shape.slice(0, 2), rank: shape.length, size };
}

/** The mean over all axes behind the channel, which stay as extents of 1: x [N, C, ...] -> [N, C, 1, ...]. */
export const globalAvgPool: Op = {
  name: 'globalAvgPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const { planes, rank } = planeOf(call);
    return [{ dtype: floatAt(call, 0).dtype, shape: [...planes, ...new Array<number>(rank - 2).fill(1)] }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { planes, size } = planeOf(call);
    const y = new Float64Array(sizeOf(planes));
    x.data.forEach((value, at) => {
      y[Math.floor(at / size)] += value / size;
    });
    return [y];
  },
  gradient({ inputs: [x], outputs: [y], outputGradients: [dy], emit }) {
    return dy === undefined ? [] : [emit('expandLike', [emit('mul', [dy, emit('countRatio', [y, x])]), x])];
  },
};
