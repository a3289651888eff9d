import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a - b with broadcasting. */
export const sub: Op = binary({
  name: 'sub',
  apply: (a, b) => a - b,
  whole: (a, b) => a - b,
  gradient: ({ emit }, dy) => [() => dy, () => emit('neg', [dy])],
});
