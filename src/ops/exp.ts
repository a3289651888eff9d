import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** e^x. */
export const exp: Op = unary({
  name: 'exp',
  apply: Math.exp,
  gradient: ({ emit, outputs: [y] }, dy) => emit('mul', [dy, y]),
});
