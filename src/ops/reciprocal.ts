import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** 1 / x. */
export const reciprocal: Op = unary({
  name: 'reciprocal',
  apply: (x) => 1 / x,
  gradient: ({ emit, outputs: [y] }, dy) => emit('neg', [emit('mul', [dy, emit('mul', [y, y])])]),
});
