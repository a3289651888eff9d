import { sizeOf } from '../core/shape.ts';
import { axisOf } from './checks.ts';
import { boolean, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { around, dataOf, numericAt } from './operands.ts';

function axisAt(call: OpCall): number {
  return axisOf(call, number(call.attributes, 'axis'), typeAt(call, 0).shape.length);
}

/**
 * The `k` largest (or smallest) along `axis`, best first, and their indices. Of equals the one with the lower index comes
 * first. The order is kept also where ONNX (sorted 0) leaves it open.
 */
export const topK: Op = {
  name: 'topK',
  inputs: ['x'],
  outputs: ['values', 'indices?'],
  attributes: {
    k: { type: 'number' },
    axis: { type: 'number', default: -1 },
    largest: { type: 'boolean', default: true },
  },
  infer(call) {
    const { dtype, shape } = numericAt(call, 0);
    const axis = axisAt(call);
    const k = number(call.attributes, 'k');
    if (!Number.isInteger(k) || k < 0 || k > shape[axis]) reject(call.node, `a k in [0, ${shape[axis]}]`, String(k));
    const result = shape.with(axis, k);
    return [
      { dtype, shape: result },
      { dtype: 'int64', shape: result },
    ];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const k = number(call.attributes, 'k');
    const sign = boolean(call.attributes, 'largest') ? -1 : 1;
    const { outer, extent, inner } = around(typeAt(call, 0).shape, axisAt(call));
    const values = new Float64Array(sizeOf(output.shape));
    const indices = new Float64Array(values.length);
    const order = new Uint32Array(extent);
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < inner; j++) {
        const at = (i: number) => x[(o * extent + i) * inner + j];
        for (let i = 0; i < extent; i++) order[i] = i;
        order.sort((a, b) => sign * (at(a) - at(b)) || a - b);
        for (let i = 0; i < k; i++) {
          values[(o * k + i) * inner + j] = at(order[i]);
          indices[(o * k + i) * inner + j] = order[i];
        }
      }
    return [values, indices];
  },
};
