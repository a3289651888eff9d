/** Activations that are zero up to a threshold. */
import { unary } from './elementwise.ts';
import { number, type Op } from './op.ts';
import { numericAt } from './operands.ts';

/** x where x > alpha, else 0 (Konda et al. 2014). */
export const thresholdedRelu: Op = unary({
  name: 'thresholdedRelu',
  attributes: { alpha: { type: 'number', default: 1 } },
  apply: (x, settings) => (x > number(settings, 'alpha') ? x : 0),
  gradient: ({ emit, scalar, attributes, inputs: [x] }, dy) =>
    emit('where', [emit('greater', [x, scalar(number(attributes, 'alpha'))]), dy, scalar(0)]),
});

/** x - bias where x > threshold, x + bias where x < -threshold, else 0: soft shrinking with bias = threshold, hard with 0. */
export const shrink: Op = unary({
  name: 'shrink',
  attributes: { bias: { type: 'number', default: 0 }, threshold: { type: 'number', default: 0.5 } },
  operand: numericAt,
  apply(x, settings) {
    const [bias, threshold] = [number(settings, 'bias'), number(settings, 'threshold')];
    if (x > threshold) return x - bias;
    return x < -threshold ? x + bias : 0;
  },
  gradient({ emit, scalar, attributes, inputs: [x] }, dy) {
    const threshold = number(attributes, 'threshold');
    const above = emit('where', [emit('greater', [x, scalar(threshold)]), dy, scalar(0)]);
    return emit('where', [emit('less', [x, scalar(-threshold)]), dy, above]);
  },
});
