import { unary } from './elementwise.ts';
import type { Op } from './op.ts';
import { numericAt } from './operands.ts';

/** |x|. The gradient at 0 is 0. */
export const abs: Op = unary({
  name: 'abs',
  operand: numericAt,
  apply: Math.abs,
  gradient: ({ emit, inputs: [x] }, dy) => emit('mul', [dy, emit('sign', [x])]),
});
