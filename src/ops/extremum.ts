/** max and min of two tensors share everything but the comparison. */
import { binary } from './elementwise.ts';
import type { GradientContext, Op } from './op.ts';

function extremum(name: 'max' | 'min', apply: (a: number, b: number) => number, wins: 'greater' | 'less'): Op {
  return binary({
    name,
    apply,
    gradient({ emit, scalar, inputs: [a, b] }: GradientContext, dy) {
      // Where both are equal each gets one half, so that the halves still sum to dy.
      const share = (mine: string, other: string) => {
        const tie = emit('where', [emit('equal', [mine, other]), scalar(0.5), scalar(0)]);
        return emit('mul', [dy, emit('where', [emit(wins, [mine, other]), scalar(1), tie])]);
      };
      return [() => share(a, b), () => share(b, a)];
    },
  });
}

/** The greater of a and b, with broadcasting; NaN if one of them is. */
export const max: Op = extremum('max', (a, b) => Math.max(a, b), 'greater');

/** The lesser of a and b, with broadcasting; NaN if one of them is. */
export const min: Op = extremum('min', (a, b) => Math.min(a, b), 'less');
