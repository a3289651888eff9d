import { format, MAX_ELEMENTS, sizeOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { number, type Op, type OpCall, reject } from './op.ts';

function sizesOf(call: OpCall) {
  const { shape } = floatAt(call, 0);
  if (shape.length < 2) reject(call.node, 'x of shape [N, C, ...]', format(shape));
  const size = number(call.attributes, 'size');
  if (!Number.isInteger(size) || size < 1 || size > MAX_ELEMENTS)
    reject(call.node, 'size as a whole number >= 1', String(size));
  return { images: shape[0], channels: shape[1], inner: sizeOf(shape.slice(2)), size };
}

/**
 * Local response normalisation: x / (bias + alpha / size · Σ x²)^beta, the sum over `size` channels around each, of which an
 * even number has one more behind. x [N, C, ...].
 */
export const lrn: Op = {
  name: 'lrn',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {
    size: { type: 'number' },
    alpha: { type: 'number', default: 1e-4 },
    beta: { type: 'number', default: 0.75 },
    bias: { type: 'number', default: 1 },
  },
  infer(call) {
    sizesOf(call);
    const { dtype, shape } = floatAt(call, 0);
    return [{ dtype, shape }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { channels, inner, size } = sizesOf(call);
    const [alpha, beta, bias] = ['alpha', 'beta', 'bias'].map((name) => number(call.attributes, name));
    const before = Math.floor((size - 1) / 2);
    const y = x.data.map((value, at) => {
      const channel = Math.floor(at / inner) % channels;
      let sum = 0;
      for (let c = Math.max(0, channel - before); c < Math.min(channels, channel - before + size); c++)
        sum += x.data[at + (c - channel) * inner] ** 2;
      return value / (bias + (alpha / size) * sum) ** beta;
    });
    return [y];
  },
};
