import { format, sameShape, sizeOf } from '../core/shape.ts';
import { axisOf, ranked } from './checks.ts';
import { number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf, numericAt } from './operands.ts';

function axisAt(call: OpCall): number {
  return axisOf(call, number(call.attributes, 'axis'), typeAt(call, 0).shape.length + 1);
}

/**
 * A new axis of extent `depth` at `axis`, that holds values[1] where the index says and values[0] elsewhere. Indices may
 * be of any type; negative ones count from the back, and those out of range are nowhere.
 */
export const oneHot: Op = {
  name: 'oneHot',
  inputs: ['indices', 'values'],
  outputs: ['y'],
  attributes: { depth: { type: 'number' }, axis: { type: 'number', default: -1 } },
  infer(call) {
    const { shape } = numericAt(call, 0);
    const values = typeAt(call, 1);
    const depth = number(call.attributes, 'depth');
    if (!Number.isInteger(depth) || depth < 1) reject(call.node, 'a depth of at least 1', String(depth));
    if (!sameShape(values.shape, [2])) reject(call.node, 'values [off, on]', format(values.shape));
    return [{ dtype: values.dtype, shape: ranked(call, shape.toSpliced(axisAt(call), 0, depth)) }];
  },
  reference(call, inputs, [output]) {
    const [indices, [off, on]] = dataOf(inputs);
    const depth = number(call.attributes, 'depth');
    const inner = sizeOf(typeAt(call, 0).shape.slice(axisAt(call)));
    const y = new Float64Array(sizeOf(output.shape)).fill(off);
    indices.forEach((given, i) => {
      const index = Math.trunc(given < 0 ? given + depth : given);
      const [outer, within] = [Math.floor(i / inner), i % inner];
      if (index >= 0 && index < depth) y[(outer * depth + index) * inner + within] = on;
    });
    return [y];
  },
};
