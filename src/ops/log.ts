import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** The natural logarithm; -Infinity at 0, NaN below. */
export const log: Op = unary({
  name: 'log',
  apply: Math.log,
  gradient: ({ emit, inputs: [x] }, dy) => emit('div', [dy, x]),
});
