/** The epilogue that matmul and conv2d can carry after fusion. */
import type { Attributes } from '../core/attributes.ts';
import { type AttributeRule, number } from './op.ts';

export const activationAttributes: Readonly<Record<string, AttributeRule>> = {
  activation: { type: 'string', default: 'none', oneOf: ['none', 'relu', 'clip'] },
  min: { type: 'number', default: Number.NEGATIVE_INFINITY },
  max: { type: 'number', default: Number.POSITIVE_INFINITY },
};

/** The activation as bounds: relu is [0, inf), clip is [min, max], none is unbounded. */
export function boundsOf(attributes: Attributes): { readonly lo: number; readonly hi: number } {
  switch (attributes.activation) {
    case 'relu':
      return { lo: 0, hi: Number.POSITIVE_INFINITY };
    case 'clip':
      return { lo: number(attributes, 'min'), hi: number(attributes, 'max') };
    default:
      return { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
  }
}

/** Clamps in place; NaN stays NaN. */
export function applyActivation(attributes: Attributes, values: Float64Array): void {
  const { lo, hi } = boundsOf(attributes);
  for (let i = 0; i < values.length; i++) {
    if (values[i] < lo) values[i] = lo;
    if (values[i] > hi) values[i] = hi;
  }
}
