/** What carries a constant's new value home when the op that made it could not write there. Only planning asks for it. */

import type { Kernel } from './kernel.ts';
import { layoutBytes } from './layouts.ts';
import { traffic } from './match.ts';

export const copyBytes: Kernel = {
  name: 'copy_bytes',
  exports: ['copy_bytes'],
  op: 'update',
  match({ inputs: [x] }) {
    if (!x) return 'wants an operand';
    const bytes = layoutBytes(x.layout, x);
    return {
      reads: [{ input: 0, layout: x.layout }],
      writes: [x.layout],
      microseconds: traffic(2 * bytes),
      calls: ({ reads: [from], writes: [to] }) => [{ kernel: 'copy_bytes', args: [bytes, from, to] }],
    };
  },
};
