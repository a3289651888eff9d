import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** |x|. The gradient at 0 is 0. */
export const abs: Op = unary({
  name: 'abs',
  integers: true,
  apply: Math.abs,
  gradient: ({ emit, inputs: [x] }, dy) => emit('mul', [dy, emit('sign', [x])]),
});
