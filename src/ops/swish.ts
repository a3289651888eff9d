import { unary } from './elementwise.ts';
import { number, type Op } from './op.ts';

/** x · sigmoid(alpha · x) (Ramachandran et al. 2017); SiLU with alpha 1. */
export const swish: Op = unary({
  name: 'swish',
  attributes: { alpha: { type: 'number', default: 1 } },
  apply: (x, settings) => x / (1 + Math.exp(-number(settings, 'alpha') * x)),
  // With s = sigmoid(alpha · x) the slope is s + alpha · x · s · (1 - s) = s · (1 + alpha · (x - y)).
  gradient({ emit, scalar, attributes, inputs: [x], outputs: [y] }, dy) {
    const alpha = number(attributes, 'alpha');
    const scaled = (value: string) => (alpha === 1 ? value : emit('mul', [value, scalar(alpha)]));
    const s = emit('sigmoid', [scaled(x)]);
    const bend = emit('add', [scaled(emit('sub', [x, y])), scalar(1)]);
    return emit('mul', [dy, emit('mul', [s, bend])]);
  },
});
