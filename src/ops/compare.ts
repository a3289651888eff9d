/** Comparisons: bool results, no gradient. */
import { binary } from './elementwise.ts';
import { type Op, typeAt } from './op.ts';

function comparison(name: string, holds: (a: number, b: number) => boolean): Op {
  return binary({ name, result: 'bool', apply: (a, b) => (holds(a, b) ? 1 : 0) });
}

/** a = b, with broadcasting, of any type; NaN equals nothing. */
export const equal: Op = binary({ name: 'equal', result: 'bool', operand: typeAt, apply: (a, b) => (a === b ? 1 : 0) });

/** a < b, with broadcasting. */
export const less: Op = comparison('less', (a, b) => a < b);

/** a > b, with broadcasting. */
export const greater: Op = comparison('greater', (a, b) => a > b);

/** a ≤ b, with broadcasting. */
export const lessOrEqual: Op = comparison('lessOrEqual', (a, b) => a <= b);

/** a ≥ b, with broadcasting. */
export const greaterOrEqual: Op = comparison('greaterOrEqual', (a, b) => a >= b);
