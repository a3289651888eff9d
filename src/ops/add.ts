import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a + b with broadcasting. */
export const add: Op = binary({
  name: 'add',
  apply: (a, b) => a + b,
  whole: (a, b) => a + b,
  gradient: (_, dy) => [() => dy, () => dy],
});
