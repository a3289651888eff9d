import { axisOf } from './checks.ts';
import { boolean, number, type Op, typeAt } from './op.ts';
import { around, dataOf, numericAt } from './operands.ts';

/** Sums along `axis` of what came before each element, with the element itself unless `exclusive`; `reverse`: from the end. */
export const cumSum: Op = {
  name: 'cumSum',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {
    axis: { type: 'number' },
    exclusive: { type: 'boolean', default: false },
    reverse: { type: 'boolean', default: false },
  },
  infer(call) {
    const { dtype, shape } = numericAt(call, 0);
    axisOf(call, number(call.attributes, 'axis'), shape.length);
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [x] = dataOf(inputs);
    const { shape } = typeAt(call, 0);
    const { outer, extent, inner } = around(shape, axisOf(call, number(call.attributes, 'axis'), shape.length));
    const exclusive = boolean(call.attributes, 'exclusive');
    const reverse = boolean(call.attributes, 'reverse');
    const y = new Float64Array(x.length);
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < inner; j++) {
        let sum = 0;
        for (let i = 0; i < extent; i++) {
          const at = (o * extent + (reverse ? extent - 1 - i : i)) * inner + j;
          y[at] = exclusive ? sum : sum + x[at];
          sum += x[at];
        }
      }
    return [y];
  },
  gradient: ({ attributes: { axis, exclusive, reverse }, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('cumSum', [dy], { axis, exclusive, reverse: !reverse })],
};
