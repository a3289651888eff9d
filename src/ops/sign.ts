import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** -1, 0 or 1; NaN stays NaN. It has no gradient rule: one of zeros would stop training without a word. */
export const sign: Op = unary({ name: 'sign', integers: true, apply: Math.sign });
