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

const GATES = 4;
const usual = ['Sigmoid', 'Tanh', 'Tanh'];

/** Gates in the order of ONNX: input, output, forget, cell. Peepholes: input, output, forget. */
function stepOf(inputForget: boolean): Step {
  return ({ hidden, r, wBias, rBias, peepholes, curves: [f, g, h], clip }: Direction, sums, state, cell) => {
    addProduct(r, 0, hidden, state, 0, sums, 0, GATES * hidden);
    const gate = (row: number) => sums[row] + wBias[row] + rBias[row];
    const peep = (k: number, j: number, c: number) => (peepholes ? peepholes[k * hidden + j] * c : 0);
    for (let j = 0; j < hidden; j++) {
      const old = cell[j];
      const input = f(clip(gate(j) + peep(0, j, old)));
      const forget = inputForget ? 1 - input : f(clip(gate(2 * hidden + j) + peep(2, j, old)));
      cell[j] = forget * old + input * g(clip(gate(3 * hidden + j)));
      const output = f(clip(gate(hidden + j) + peep(1, j, cell[j])));
      state[j] = output * h(cell[j]);
    }
  };
}

/**
 * Long short-term memory (ONNX LSTM): see recurrent.ts for the operands, of which c0 is like h0, and peepholes [D, 3 H].
 *
 *     i, o, f = σ(w x + r h + p c + bias)     c' = f c + i tanh(w x + r h + bias)     h' = o tanh(c')
 *
 * o looks at c' instead of c. With inputForget f is 1 - i.
 */
export const lstm: Op = {
  name: 'lstm',
  inputs: ['x', 'w', 'r', 'bias?', 'lengths?', 'h0?', 'c0?', 'peepholes?'],
  outputs: ['y?', 'hLast?', 'cLast?'],
  attributes: { ...recurrentAttributes, inputForget: { type: 'boolean', default: false } },
  infer(call) {
    const [y, last] = recurrentTypes(call, GATES);
    curvesOf(call, usual, sizesOf(call, GATES).directions);
    return [y, last, last];
  },
  reference: (call, inputs) =>
    runRecurrent(call, inputs, sizesOf(call, GATES), usual, stepOf(boolean(call.attributes, 'inputForget'))),
  multiplyAdds: (call) => recurrentMultiplyAdds(sizesOf(call, GATES)),
};
