import { boolean, type Op } from './op.ts';
import {
  addProduct,
  type Direction,
  recurrentAttributes,
  recurrentMultiplyAdds,
  recurrentTypes,
  runRecurrent,
  type Step,
  sizesOf,
} from './recurrent.ts';
import { curvesOf } from './recurrent-curves.ts';

const GATES = 3;
const usual = ['Sigmoid', 'Tanh'];

/** Gates in the order of ONNX: update, reset, hidden. */
function stepOf(linearBeforeReset: boolean): Step {
  return ({ hidden, r, wBias, rBias, curves: [f, g], clip }: Direction, sums, state) => {
    addProduct(r, 0, hidden, state, 0, sums, 0, 2 * hidden);
    const gate = (row: number) => f(clip(sums[row] + wBias[row] + rBias[row]));
    const update = Float64Array.from({ length: hidden }, (_, j) => gate(j));
    const reset = Float64Array.from({ length: hidden }, (_, j) => gate(hidden + j));
    const mixed = rBias.slice(2 * hidden);
    if (linearBeforeReset) {
      addProduct(r, 2 * hidden, hidden, state, 0, mixed, 0, hidden);
      for (let j = 0; j < hidden; j++) mixed[j] *= reset[j];
    } else {
      const kept = state.map((value, j) => value * reset[j]);
      addProduct(r, 2 * hidden, hidden, kept, 0, mixed, 0, hidden);
    }
    for (let j = 0; j < hidden; j++) {
      const row = 2 * hidden + j;
      const fresh = g(clip(sums[row] + wBias[row] + mixed[j]));
      state[j] = (1 - update[j]) * fresh + update[j] * state[j];
    }
  };
}

/**
 * Gated recurrent unit (ONNX GRU): see recurrent.ts for the operands.
 *
 *     z, s = σ(w x + r h + bias)     n = tanh(w x + r (s h) + bias)     h' = (1 - z) n + z h
 *
 * With linearBeforeReset n is tanh(w x + bias + s (r h + bias)).
 */
export const gru: Op = {
  name: 'gru',
  inputs: ['x', 'w', 'r', 'bias?', 'lengths?', 'h0?'],
  outputs: ['y?', 'hLast?'],
  attributes: { ...recurrentAttributes, linearBeforeReset: { type: 'boolean', default: false } },
  infer(call) {
    const [y, last] = recurrentTypes(call, GATES);
    curvesOf(call, usual, sizesOf(call, GATES).directions);
    return [y, last];
  },
  reference(call, inputs) {
    const step = stepOf(boolean(call.attributes, 'linearBeforeReset'));
    return runRecurrent(call, inputs, sizesOf(call, GATES), usual, step).slice(0, 2);
  },
  multiplyAdds: (call) => recurrentMultiplyAdds(sizesOf(call, GATES)),
};
