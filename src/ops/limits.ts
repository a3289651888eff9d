/** The numbers that an element type can hold. */
import { bytesPerElement, type DType, isInteger } from '../core/dtype.ts';

export interface Limits {
  readonly lowest: number;
  readonly highest: number;
}

/** Floats reach to infinity. Of 64 bits the highest is the next double below, as it is not a double itself. */
export function limitsOf(dtype: DType): Limits {
  if (!isInteger(dtype)) return { lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY };
  if (dtype === 'bool') return { lowest: 0, highest: 1 };
  const bits = 8 * bytesPerElement(dtype);
  const top = 2 ** (dtype.startsWith('u') ? bits : bits - 1);
  const highest = bits === 64 ? top - top / 2 ** 53 : top - 1;
  return { lowest: dtype.startsWith('u') ? 0 : -top, highest };
}

/** The nearest number that the type holds; no number is 0 among integers. */
export function saturate(dtype: DType, value: number): number {
  if (!isInteger(dtype)) return value;
  const { lowest, highest } = limitsOf(dtype);
  return Number.isNaN(value) ? 0 : Math.min(Math.max(value, lowest), highest);
}
