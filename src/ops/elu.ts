/** Activations that are exponential below zero. */
import { unary } from './elementwise.ts';
import { type AttributeRule, number, type Op } from './op.ts';

const alpha: Readonly<Record<string, AttributeRule>> = { alpha: { type: 'number', default: 1 } };

/** x where x ≥ 0, else alpha · (eˣ - 1) (Clevert et al. 2015). */
export const elu: Op = unary({
  name: 'elu',
  attributes: alpha,
  apply: (x, settings) => (x < 0 ? number(settings, 'alpha') * Math.expm1(x) : x),
  // Below 0 the slope alpha · eˣ is y + alpha.
  gradient({ emit, scalar, attributes, inputs: [x], outputs: [y] }, dy) {
    const below = emit('add', [y, scalar(number(attributes, 'alpha'))]);
    return emit('mul', [dy, emit('where', [emit('less', [x, scalar(0)]), below, scalar(1)])]);
  },
});

/** gamma · (x where x > 0, else alpha · (eˣ - 1)) (Klambauer et al. 2017). */
export const selu: Op = unary({
  name: 'selu',
  attributes: {
    alpha: { type: 'number', default: 1.6732632423543772 },
    gamma: { type: 'number', default: 1.0507009873554805 },
  },
  apply: (x, settings) => number(settings, 'gamma') * (x > 0 ? x : number(settings, 'alpha') * Math.expm1(x)),
  gradient({ emit, scalar, attributes, inputs: [x], outputs: [y] }, dy) {
    const gamma = number(attributes, 'gamma');
    const below = emit('add', [y, scalar(gamma * number(attributes, 'alpha'))]);
    return emit('mul', [dy, emit('where', [emit('greater', [x, scalar(0)]), scalar(gamma), below])]);
  },
});

/** max(x, 0) + min(alpha · (e^(x / alpha) - 1), 0) (Barron 2017). */
export const celu: Op = unary({
  name: 'celu',
  attributes: alpha,
  apply(x, settings) {
    const scale = number(settings, 'alpha');
    return Math.max(x, 0) + Math.min(scale * Math.expm1(x / scale), 0);
  },
  // Below 0 the slope e^(x / alpha) is y / alpha + 1.
  gradient({ emit, scalar, attributes, inputs: [x], outputs: [y] }, dy) {
    const below = emit('add', [emit('div', [y, scalar(number(attributes, 'alpha'))]), scalar(1)]);
    return emit('mul', [dy, emit('where', [emit('less', [x, scalar(0)]), below, scalar(1)])]);
  },
});
