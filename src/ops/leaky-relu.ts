import { sameShapeBinary, unary } from './elementwise.ts';
import { type AttributeRule, number, type Op } from './op.ts';

const attributes: Readonly<Record<string, AttributeRule>> = { alpha: { type: 'number', default: 0.01 } };

/** x where x ≥ 0, else alpha · x. */
export const leakyRelu: Op = unary({
  name: 'leakyRelu',
  attributes,
  apply: (x, settings) => (x < 0 ? x * number(settings, 'alpha') : x),
  gradient: ({ emit, inputs, attributes: settings }, dy) => emit('leakyReluGrad', [dy, inputs[0]], settings),
});

/** dy where x > 0, else alpha · dy. */
export const leakyReluGrad: Op = sameShapeBinary({
  name: 'leakyReluGrad',
  inputs: ['dy', 'x'],
  attributes,
  apply: (dy, x, settings) => (x > 0 ? dy : dy * number(settings, 'alpha')),
});
