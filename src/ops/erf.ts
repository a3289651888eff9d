import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

const SPLIT = 2.5;

/** The error function in double precision: (2/√π) ∫₀ˣ exp(-t²) dt. */
export function errorFunction(x: number): number {
  return Math.abs(x) < SPLIT ? series(x) : Math.sign(x) * (1 - tail(Math.abs(x)));
}

/** 1 - erf(x), exact to a few units in the last place also where erf(x) is nearly 1. */
export function complementaryErrorFunction(x: number): number {
  return x < SPLIT ? 1 - errorFunction(x) : tail(x);
}

/** erf(x) = (2/√π) exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · … · (2n+1)); no term cancels another. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) for x ≥ SPLIT, by Laplace's continued fraction exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))). */
function tail(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x === Number.POSITIVE_INFINITY) return 0;
  let fraction = x;
  for (let k = 100; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** The error function. */
export const erf: Op = unary({
  name: 'erf',
  apply: errorFunction,
  gradient({ emit, scalar, inputs: [x] }, dy) {
    const bell = emit('exp', [emit('neg', [emit('mul', [x, x])])]);
    return emit('mul', [dy, emit('mul', [bell, scalar(2 / Math.sqrt(Math.PI))])]);
  },
});
