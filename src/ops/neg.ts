import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** -x. */
export const neg: Op = unary({
  name: 'neg',
  integers: true,
  apply: (x) => -x,
  gradient: ({ emit }, dy) => emit('neg', [dy]),
});
