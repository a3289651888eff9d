import { sameShapeBinary, unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** 1 / (1 + e^-x). */
export const sigmoid: Op = unary({
  name: 'sigmoid',
  apply: (x) => 1 / (1 + Math.exp(-x)),
  gradient: ({ emit, outputs }, dy) => emit('sigmoidGrad', [dy, outputs[0]]),
});

/** dy · y · (1 - y). */
export const sigmoidGrad: Op = sameShapeBinary({
  name: 'sigmoidGrad',
  inputs: ['dy', 'y'],
  apply: (dy, y) => dy * y * (1 - y),
});
