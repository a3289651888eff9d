/** Comparisons: bool results, no gradient. */
import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a = b, with broadcasting; NaN equals nothing. */
export const equal: Op = binary({ name: 'equal', result: 'bool', bools: true, apply: (a, b) => (a === b ? 1 : 0) });

/** a < b, with broadcasting. */
export const less: Op = binary({ name: 'less', result: 'bool', apply: (a, b) => (a < b ? 1 : 0) });

/** a > b, with broadcasting. */
export const greater: Op = binary({ name: 'greater', result: 'bool', apply: (a, b) => (a > b ? 1 : 0) });
