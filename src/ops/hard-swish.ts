import { sameShapeBinary, unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** x · min(max(x/6 + 1/2, 0), 1) (Howard et al. 2019). */
export const hardSwish: Op = unary({
  name: 'hardSwish',
  apply: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  gradient: ({ emit, inputs }, dy) => emit('hardSwishGrad', [dy, inputs[0]]),
});

/** dy times the slope at x: 0 up to -3, 1 from 3, x/3 + 1/2 between. */
export const hardSwishGrad: Op = sameShapeBinary({
  name: 'hardSwishGrad',
  inputs: ['dy', 'x'],
  apply(dy, x) {
    if (x <= -3) return 0;
    return x >= 3 ? dy : dy * (x / 3 + 0.5);
  },
});
