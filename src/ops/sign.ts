import { unary } from './elementwise.ts';
import type { Op } from './op.ts';
import { numericAt } from './operands.ts';

/** -1, 0 or 1; NaN stays NaN. It has no gradient rule: one of zeros would stop training without a word. */
export const sign: Op = unary({ name: 'sign', operand: numericAt, apply: Math.sign });
