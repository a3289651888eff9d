import { binary } from './elementwise.ts';
import { wholeAt } from './integers.ts';
import { boolean, type Op } from './op.ts';
import { numericAt } from './operands.ts';

/** The remainder with the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/**
 * The remainder of a / b, with broadcasting: of whole numbers with the sign of b, or with `fmod`, as in C, with the sign of a,
 * for floats too. Dividing whole numbers by zero is an error.
 */
export const mod: Op = binary({
  name: 'mod',
  attributes: { fmod: { type: 'boolean', default: false } },
  operand: (call, input) => (boolean(call.attributes, 'fmod') ? numericAt(call, input) : wholeAt(call, input)),
  apply: (a, b, settings) => (boolean(settings, 'fmod') ? a % b : modulo(a, b)),
});
