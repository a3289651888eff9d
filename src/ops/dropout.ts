import { hash32 } from '../core/random.ts';
import { format } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { boolean, number, type Op, reject } from './op.ts';

/**
 * Without a seed the identity. With one, element i stays where hash32(seed, salt, i) / 2³² ≥ rate, scaled by
 * 1 / (1 - rate), and is 0 elsewhere. `salt` tells the dropouts of one graph apart: they share one seed, an int32 scalar.
 * The mask says what stayed. `training` is what an ONNX file says: without a seed of ours only a rate of 0 lets it pass.
 */
export const dropout: Op = {
  name: 'dropout',
  inputs: ['x', 'seed?'],
  outputs: ['y', 'mask?'],
  attributes: {
    rate: { type: 'number', default: 0.5 },
    salt: { type: 'number', default: 0 },
    training: { type: 'boolean', default: false },
  },
  impure: true,
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const [rate, salt] = [number(call.attributes, 'rate'), number(call.attributes, 'salt')];
    if (!(rate >= 0 && rate <= 1)) reject(call.node, 'a rate in [0, 1]', `${rate}`);
    if (!Number.isInteger(salt)) reject(call.node, 'a whole number as salt', `${salt}`);
    const seed = call.types[1];
    if (!seed && rate > 0 && boolean(call.attributes, 'training'))
      reject(call.node, 'training_mode false or a rate of 0', `training_mode true and a rate of ${rate}`);
    if (seed && (seed.dtype !== 'int32' || seed.shape.length > 0))
      reject(call.node, 'a seed of int32 []', `${seed.dtype} ${format(seed.shape)}`);
    return [
      { dtype, shape },
      { dtype: 'bool', shape },
    ];
  },
  reference(call, [x, seed]) {
    if (!x) throw new Error('inputs are checked by infer');
    const [rate, salt] = [number(call.attributes, 'rate'), number(call.attributes, 'salt')];
    const stays = (i: number) => !seed || hash32(seed.data[0], salt, i) / 2 ** 32 >= rate;
    const scale = seed ? 1 - rate : 1;
    return [x.data.map((value, i) => (stays(i) ? value / scale : 0)), x.data.map((_, i) => Number(stays(i)))];
  },
  gradient({ emit, inputs: [, seed], outputGradients: [dy], attributes }) {
    if (dy === undefined) return [];
    return [seed ? emit('dropout', [dy, seed], attributes) : dy];
  },
};
