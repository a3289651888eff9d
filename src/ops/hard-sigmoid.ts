import { unary } from './elementwise.ts';
import { number, type Op } from './op.ts';

/** min(max(alpha · x + beta, 0), 1). */
export const hardSigmoid: Op = unary({
  name: 'hardSigmoid',
  attributes: { alpha: { type: 'number', default: 0.2 }, beta: { type: 'number', default: 0.5 } },
  apply: (x, settings) => Math.min(Math.max(number(settings, 'alpha') * x + number(settings, 'beta'), 0), 1),
  gradient({ emit, scalar, attributes, outputs: [y] }, dy) {
    const slope = emit('mul', [dy, scalar(number(attributes, 'alpha'))]);
    const above = emit('where', [emit('greater', [y, scalar(0)]), slope, scalar(0)]);
    return emit('where', [emit('less', [y, scalar(1)]), above, scalar(0)]);
  },
});
