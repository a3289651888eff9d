import { broadcast, broadcastStrides, format, sizeOf } from '../core/shape.ts';
import { ranked, wholeNumbers } from './checks.ts';
import { type Op, reject, typeAt } from './op.ts';
import { flatIndex, walk } from './walk.ts';

/** x repeated to the broadcast of its own shape and `shape` (so an extent of 1 in `shape` keeps that of x, as in ONNX). */
export const expand: Op = {
  name: 'expand',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { shape: { type: 'numbers' } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const asked = wholeNumbers(call, 'shape', { least: 0 });
    const result =
      broadcast(shape, asked) ?? reject(call.node, 'shapes that broadcast', `${format(shape)} and ${format(asked)}`);
    return [{ dtype, shape: ranked(call, result) }];
  },
  reference(_call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const strides = broadcastStrides(x.shape, output.shape);
    const y = new Float64Array(sizeOf(output.shape));
    walk(output.shape, (index, flat) => {
      y[flat] = x.data[flatIndex(index, strides)];
    });
    return [y];
  },
  gradient: ({ inputs, outputGradients: [dy], emit }) => (dy === undefined ? [] : [emit('sumLike', [dy, inputs[0]])]),
};
