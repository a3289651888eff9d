import { sameShapeBinary, unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** The hyperbolic tangent. */
export const tanh: Op = unary({
  name: 'tanh',
  apply: Math.tanh,
  gradient: ({ emit, outputs }, dy) => emit('tanhGrad', [dy, outputs[0]]),
});

/** dy · (1 - y²). */
export const tanhGrad: Op = sameShapeBinary({
  name: 'tanhGrad',
  inputs: ['dy', 'y'],
  apply: (dy, y) => dy * (1 - y * y),
});
