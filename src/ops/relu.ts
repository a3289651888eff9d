import { sameShapeBinary, unary } from './elementwise.ts';
import type { Op } from './op.ts';
import { numericAt } from './operands.ts';

/** max(x, 0); NaN stays NaN. */
export const relu: Op = unary({
  name: 'relu',
  operand: numericAt,
  apply: (x) => Math.max(x, 0),
  gradient: ({ emit, outputs }, dy) => emit('reluGrad', [dy, outputs[0]]),
});

/** dy where y > 0, else 0. */
export const reluGrad: Op = sameShapeBinary({
  name: 'reluGrad',
  inputs: ['dy', 'y'],
  apply: (dy, y) => (y > 0 ? dy : 0),
});
