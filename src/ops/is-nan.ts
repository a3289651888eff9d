/** Questions about floats: bool results, no gradient. */
import { unary } from './elementwise.ts';
import { boolean, type Op } from './op.ts';

export const isNan: Op = unary({ name: 'isNaN', result: 'bool', apply: (x) => Number(Number.isNaN(x)) });

/** Whether x is +∞ (with `positive`) or -∞ (with `negative`). */
export const isInf: Op = unary({
  name: 'isInf',
  attributes: { negative: { type: 'boolean', default: true }, positive: { type: 'boolean', default: true } },
  result: 'bool',
  apply(x, settings) {
    if (x === Number.POSITIVE_INFINITY) return Number(boolean(settings, 'positive'));
    return Number(x === Number.NEGATIVE_INFINITY && boolean(settings, 'negative'));
  },
});
