import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** The square root; NaN below 0. */
export const sqrt: Op = unary({
  name: 'sqrt',
  apply: Math.sqrt,
  gradient: ({ emit, scalar, outputs: [y] }, dy) => emit('div', [emit('mul', [dy, scalar(0.5)]), y]),
});
