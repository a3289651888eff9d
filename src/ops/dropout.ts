import { hash32 } from '../core/random.ts';
import { format } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { number, type Op, reject } from './op.ts';

/**
 * Without a seed the identity. With one, element i stays where hash32(seed, salt, i) / 2³² ≥ rate, scaled by
 * 1 / (1 - rate), and is 0 elsewhere. `salt` tells the dropouts of one graph apart: they share one seed, an int32 scalar.
 */
export const dropout: Op = {
  name: 'dropout',
  inputs: ['x', 'seed?'],
  outputs: ['y'],
  attributes: { rate: { type: 'number', default: 0.5 }, salt: { type: 'number', default: 0 } },
  impure: true,
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const [rate, salt] = [number(call.attributes, 'rate'), number(call.attributes, 'salt')];
    if (!(rate >= 0 && rate <= 1)) reject(call.node, 'a rate in [0, 1]', `${rate}`);
    if (!Number.isInteger(salt)) reject(call.node, 'a whole number as salt', `${salt}`);
    const seed = call.types[1];
    if (seed && (seed.dtype !== 'int32' || seed.shape.length > 0))
      reject(call.node, 'a seed of int32 []', `${seed.dtype} ${format(seed.shape)}`);
    return [{ dtype, shape }];
  },
  reference(call, [x, seed]) {
    if (!x) throw new Error('inputs are checked by infer');
    if (!seed) return [x.data.slice()];
    const [rate, salt] = [number(call.attributes, 'rate'), number(call.attributes, 'salt')];
    return [x.data.map((value, i) => (hash32(seed.data[0], salt, i) / 2 ** 32 >= rate ? value / (1 - rate) : 0))];
  },
  gradient({ emit, inputs: [, seed], outputGradients: [dy], attributes }) {
    if (dy === undefined) return [];
    return [seed ? emit('dropout', [dy, seed], attributes) : dy];
  },
};
