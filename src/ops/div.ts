import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a / b with broadcasting. Integers are cut off towards zero; dividing one by zero is an error. */
export const div: Op = binary({
  name: 'div',
  apply: (a, b) => a / b,
  gradient: ({ emit, inputs: [, b], outputs: [y] }, dy) => [
    () => emit('div', [dy, b]),
    // d(a / b)/db = -a / b² = -y / b
    () => emit('neg', [emit('mul', [dy, emit('div', [y, b])])]),
  ],
});
