import { floatAt, wantLike } from './checks.ts';
import type { Op } from './op.ts';
import { dataOf } from './operands.ts';

/** The mean of (a - b)² over all elements, a scalar. a and b have one shape; the mean over no elements is NaN. */
export const mse: Op = {
  name: 'mse',
  inputs: ['a', 'b'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    wantLike(call, 1, shape, 0);
    return [{ dtype, shape: [] }];
  },
  reference(_, inputs) {
    const [a, b] = dataOf(inputs);
    return [Float64Array.of(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length)];
  },
  gradient({ emit, scalar, wants, inputs: [a, b], outputs: [y], outputGradients: [dy] }) {
    if (dy === undefined) return [];
    const scale = emit('mul', [dy, emit('mul', [scalar(2), emit('countRatio', [y, a])])]);
    const da = emit('mul', [emit('sub', [a, b]), scale]);
    return [da, wants(1) ? emit('neg', [da]) : undefined];
  },
};
