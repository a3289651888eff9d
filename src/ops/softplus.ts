/** Smooth activations without parameters. */
import { unary } from './elementwise.ts';
import type { Op } from './op.ts';

/** log(1 + eˣ) without overflow. */
function logOnePlusExp(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** log(1 + eˣ). */
export const softplus: Op = unary({
  name: 'softplus',
  apply: logOnePlusExp,
  gradient: ({ emit, inputs: [x] }, dy) => emit('mul', [dy, emit('sigmoid', [x])]),
});

/** x / (1 + |x|). */
export const softsign: Op = unary({
  name: 'softsign',
  apply: (x) => x / (1 + Math.abs(x)),
  gradient({ emit, scalar, inputs: [x] }, dy) {
    const divisor = emit('add', [emit('abs', [x]), scalar(1)]);
    return emit('div', [emit('div', [dy, divisor]), divisor]);
  },
});

/** x · tanh(softplus(x)) (Misra 2019). */
export const mish: Op = unary({
  name: 'mish',
  apply: (x) => x * Math.tanh(logOnePlusExp(x)),
  // t + x · (1 - t²) · sigmoid(x) with t = tanh(softplus(x)).
  gradient({ emit, scalar, inputs: [x] }, dy) {
    const t = emit('tanh', [emit('softplus', [x])]);
    const bend = emit('sub', [scalar(1), emit('mul', [t, t])]);
    const rest = emit('mul', [emit('mul', [x, bend]), emit('sigmoid', [x])]);
    return emit('mul', [dy, emit('add', [t, rest])]);
  },
});
