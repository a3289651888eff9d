import { format, sameShape, sizeOf, stridesOf } from '../core/shape.ts';
import { axisOf } from './checks.ts';
import { indicesAt } from './indices.ts';
import { number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { flatIndex, walk } from './walk.ts';

function axesAt(call: OpCall): { readonly batch: number; readonly time: number } {
  const rank = typeAt(call, 0).shape.length;
  const [batch, time] = ['batchAxis', 'timeAxis'].map((name) => axisOf(call, number(call.attributes, name), rank));
  if (batch === time) reject(call.node, 'two different axes', `${batch} twice`);
  return { batch, time };
}

/** The first lengths[b] entries along the time axis in reverse order, for each b along the batch axis; the rest stays. */
export const reverseSequence: Op = {
  name: 'reverseSequence',
  inputs: ['x', 'lengths'],
  outputs: ['y'],
  attributes: { batchAxis: { type: 'number', default: 1 }, timeAxis: { type: 'number', default: 0 } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const { batch } = axesAt(call);
    const lengths = indicesAt(call, 1).shape;
    if (!sameShape(lengths, [shape[batch]])) reject(call.node, `${shape[batch]} lengths`, format(lengths));
    return [{ dtype, shape }];
  },
  reference(call, inputs, [{ shape }]) {
    const [x, lengths] = dataOf(inputs);
    const { batch, time } = axesAt(call);
    lengths.forEach((length) => {
      if (!(length >= 0 && length <= shape[time])) reject(call.node, `lengths in [0, ${shape[time]}]`, String(length));
    });
    const strides = stridesOf(shape);
    const y = new Float64Array(sizeOf(shape));
    walk(shape, (index, flat) => {
      const [i, length] = [index[time], lengths[index[batch]]];
      y[flat] = x[flatIndex(index, strides) + (i < length ? length - 1 - 2 * i : 0) * strides[time]];
    });
    return [y];
  },
  gradient: ({ inputs: [, lengths], attributes, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('reverseSequence', [dy, lengths], attributes)],
};
