/** Logic on bools, with broadcasting. */
import { binary, unary } from './elementwise.ts';
import { boolAt } from './integers.ts';
import type { Op } from './op.ts';

function logical(name: string, holds: (a: boolean, b: boolean) => boolean): Op {
  return binary({ name, result: 'bool', operand: boolAt, apply: (a, b) => Number(holds(a !== 0, b !== 0)) });
}

export const and: Op = logical('and', (a, b) => a && b);

export const or: Op = logical('or', (a, b) => a || b);

export const xor: Op = logical('xor', (a, b) => a !== b);

export const not: Op = unary({ name: 'not', result: 'bool', operand: boolAt, apply: (x) => Number(x === 0) });
