import { type DType, dtypes } from '../core/dtype.ts';
import { format, sizeOf } from '../core/shape.ts';
import { number, type Op, reject, string, typeAt } from './op.ts';

/** Ones on the diagonal `k` (above the main one if positive) of a matrix like x, zeros elsewhere; `type` '' is that of x. */
export const eyeLike: Op = {
  name: 'eyeLike',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {
    k: { type: 'number', default: 0 },
    type: { type: 'string', default: '', oneOf: ['', ...dtypes.filter((dtype) => dtype !== 'float16')] },
  },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    if (shape.length !== 2) reject(call.node, 'a matrix', format(shape));
    return [{ dtype: (string(call.attributes, 'type') || dtype) as DType, shape }];
  },
  reference(call, _, [{ shape }]) {
    const k = number(call.attributes, 'k');
    const y = new Float64Array(sizeOf(shape));
    for (let row = 0; row < shape[0]; row++) if (row + k >= 0 && row + k < shape[1]) y[row * shape[1] + row + k] = 1;
    return [y];
  },
  shapeOnly: [0],
};
