/** Rounding to whole numbers. No gradient rules: ones of zeros would stop training without a word. */
import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** The whole number nearest to a finite one; of two equally near ones the even one. */
export function toEven(x: number): number {
  const floor = Math.floor(x);
  const above = x - floor;
  if (above !== 0.5) return above < 0.5 ? floor : Math.ceil(x);
  return floor % 2 === 0 ? floor : Math.ceil(x);
}

/** The least whole number ≥ x. */
export const ceil: Op = unary({ name: 'ceil', apply: Math.ceil });

/** The greatest whole number ≤ x. */
export const floor: Op = unary({ name: 'floor', apply: Math.floor });

/** The nearest whole number; halves go to the even one. */
export const round: Op = unary({ name: 'round', apply: (x) => (Number.isFinite(x) ? toEven(x) : x) });
