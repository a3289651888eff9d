import type { Op } from './op.ts';
import {
  addProduct,
  recurrentAttributes,
  recurrentMultiplyAdds,
  recurrentTypes,
  runRecurrent,
  type Step,
  sizesOf,
} from './recurrent.ts';
import { curvesOf } from './recurrent-curves.ts';

const GATES = 1;
const usual = ['Tanh'];

const step: Step = ({ hidden, r, wBias, rBias, curves: [f], clip }, sums, state) => {
  addProduct(r, 0, hidden, state, 0, sums, 0, hidden);
  for (let j = 0; j < hidden; j++) state[j] = f(clip(sums[j] + wBias[j] + rBias[j]));
};

/** A plain recurrent network (ONNX RNN): h' = tanh(w x + r h + bias). See recurrent.ts for the operands. */
export const rnn: Op = {
  name: 'rnn',
  inputs: ['x', 'w', 'r', 'bias?', 'lengths?', 'h0?'],
  outputs: ['y?', 'hLast?'],
  attributes: recurrentAttributes,
  infer(call) {
    const [y, last] = recurrentTypes(call, GATES);
    curvesOf(call, usual, sizesOf(call, GATES).directions);
    return [y, last];
  },
  reference: (call, inputs) => runRecurrent(call, inputs, sizesOf(call, GATES), usual, step).slice(0, 2),
  multiplyAdds: (call) => recurrentMultiplyAdds(sizesOf(call, GATES)),
};
