/** The epilogue that matmul and conv2d can carry after fusion. */
import type { Attributes } from '../core/attributes.ts';
import { type AttributeRule, type GradientContext, number } from './op.ts';

export const activationAttributes: Readonly<Record<string, AttributeRule>> = {
  activation: { type: 'string', default: 'none', oneOf: ['none', 'relu', 'clip'] },
  min: { type: 'number', default: Number.NEGATIVE_INFINITY },
  max: { type: 'number', default: Number.POSITIVE_INFINITY },
};

/** The activation as bounds: relu is [0, inf), clip is [min, max], none is unbounded. In float32, as kernels hold them. */
export function boundsOf(attributes: Attributes): { readonly lo: number; readonly hi: number } {
  switch (attributes.activation) {
    case 'relu':
      return { lo: 0, hi: Number.POSITIVE_INFINITY };
    case 'clip':
      return { lo: Math.fround(number(attributes, 'min')), hi: Math.fround(number(attributes, 'max')) };
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

/**
 * The gradient by what came before the activation, from dy and the activated output. Exactly at a bound of clip it is 0,
 * as the output does not tell a value that lies there from one that was cut.
 */
export function activationGradient(context: GradientContext, dy: string): string {
  const { emit, attributes, outputs, scalar } = context;
  if (attributes.activation === 'relu') return emit('reluGrad', [dy, outputs[0]]);
  const { lo, hi } = boundsOf(attributes);
  let dx = dy;
  if (lo !== Number.NEGATIVE_INFINITY) dx = emit('where', [emit('greater', [outputs[0], scalar(lo)]), dx, scalar(0)]);
  if (hi !== Number.POSITIVE_INFINITY) dx = emit('where', [emit('less', [outputs[0], scalar(hi)]), dx, scalar(0)]);
  return dx;
}
