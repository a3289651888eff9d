import { unary } from './elementwise.ts';
import type { Op } from './op.ts';
import { numericAt } from './operands.ts';

/** -x. */
export const neg: Op = unary({
  name: 'neg',
  operand: numericAt,
  apply: (x) => -x,
  gradient: ({ emit }, dy) => emit('neg', [dy]),
});
