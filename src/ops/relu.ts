import type { Op } from './op.ts';
import { sameShapeBinary, unary } from './elementwise.ts';

/** max(x, 0); NaN stays NaN. */
export const relu: Op = unary({
  name: 'relu',
  apply: (x) => (x < 0 ? 0 : x),
  gradient: ({ emit, outputs }, dy) => emit('reluGrad', [dy, outputs[0]]),
});

/** dy where y > 0, else 0. */
export const reluGrad: Op = sameShapeBinary({
  name: 'reluGrad',
  inputs: ['dy', 'y'],
  apply: (dy, y) => (y > 0 ? dy : 0),
});
