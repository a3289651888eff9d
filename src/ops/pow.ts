import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** a^b as IEEE 754 has it: 1 to the power of anything is 1, and so is -1 to an infinite one, where JavaScript says NaN. */
function power(a: number, b: number): number {
  const one = a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY);
  return one ? 1 : a ** b;
}

/** The lowest 64 bits of a power, by squaring; none for a negative exponent, where a double has the result. */
function wholePower(a: bigint, b: bigint): bigint | undefined {
  if (b < 0n) return undefined;
  let [result, square] = [1n, a];
  for (let left = b; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

/**
 * a to the power of b, with broadcasting, in the type of a: that of b may be another. The gradient by b is NaN where a < 0,
 * as the power itself is nearly everywhere.
 */
export const pow: Op = binary({
  name: 'pow',
  mixed: true,
  apply: power,
  whole: wholePower,
  gradient({ emit, scalar, inputs: [a, b], outputs: [y] }, dy) {
    const zero = scalar(0);
    return [
      () => {
        const slope = emit('mul', [b, emit('pow', [a, emit('sub', [b, scalar(1)])])]);
        // A power of 0 is constant, also at a = 0, where the formula says 0 · 0⁻¹.
        return emit('mul', [dy, emit('where', [emit('equal', [b, zero]), zero, slope])]);
      },
      () => {
        const slope = emit('mul', [y, emit('log', [a])]);
        // 0^b is constant for b > 0, where the formula says 0 · log 0; b = 0 is its edge.
        const atZero = emit('where', [emit('less', [b, zero]), slope, zero]);
        return emit('mul', [dy, emit('where', [emit('equal', [a, zero]), atZero, slope])]);
      },
    ];
  },
});
