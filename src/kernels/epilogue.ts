/** What matmul and conv2d do to a sum before they store it: min(max(sum + bias, lo), hi). */
import type { Attributes } from '../core/attributes.ts';

export interface Bounds {
  readonly lo: number;
  readonly hi: number;
}

export const unbounded: Bounds = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };

/** The attributes `activation`, `min` and `max` as bounds, or the reason why they have none. */
export function boundsOf(attributes: Attributes): Bounds | string {
  const { activation = 'none', min = unbounded.lo, max = unbounded.hi } = attributes;
  if (activation === 'none') return unbounded;
  if (activation === 'relu') return { lo: 0, hi: unbounded.hi };
  if (activation !== 'clip') return `activation ${String(activation)} is not one of none, relu, clip`;
  if (typeof min !== 'number' || typeof max !== 'number')
    return `min and max of clip want numbers, got ${min} and ${max}`;
  return { lo: min, hi: max };
}
