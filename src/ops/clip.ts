import { sameShapeBinary, unary } from './elementwise.ts';
import { type AttributeRule, number, type Op } from './op.ts';
import { numericAt } from './operands.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  min: { type: 'number', default: Number.NEGATIVE_INFINITY },
  max: { type: 'number', default: Number.POSITIVE_INFINITY },
};

/** min(max(x, min), max): where min > max the result is max (as in ONNX). NaN stays NaN. */
export const clip: Op = unary({
  name: 'clip',
  attributes,
  operand: numericAt,
  apply: (x, settings) => Math.min(Math.max(x, number(settings, 'min')), number(settings, 'max')),
  gradient: ({ emit, inputs, attributes: settings }, dy) => emit('clipGrad', [dy, inputs[0]], settings),
});

/** dy where min ≤ x ≤ max, else 0. */
export const clipGrad: Op = sameShapeBinary({
  name: 'clipGrad',
  inputs: ['dy', 'x'],
  attributes,
  apply: (dy, x, settings) => (x >= number(settings, 'min') && x <= number(settings, 'max') ? dy : 0),
});
