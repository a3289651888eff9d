import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a · b element by element, with broadcasting. */
export const mul: Op = binary({
  name: 'mul',
  apply: (a, b) => a * b,
  whole: (a, b) => a * b,
  gradient: ({ emit, inputs: [a, b] }, dy) => [() => emit('mul', [dy, b]), () => emit('mul', [dy, a])],
});
