import { axisOf } from './checks.ts';
import { boolean, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { around, dataOf, numericAt } from './operands.ts';

function axisIn(call: OpCall): number {
  return axisOf(call, number(call.attributes, 'axis'), typeAt(call, 0).shape.length);
}

/** The index of the greatest along one axis, the first among equals, as int64. NaN counts as the greatest. */
export const argMax: Op = {
  name: 'argMax',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { axis: { type: 'number', default: 0 }, keepDims: { type: 'boolean', default: true } },
  infer(call) {
    const { shape } = numericAt(call, 0);
    const axis = axisIn(call);
    if (shape[axis] === 0) reject(call.node, 'at least one element along the axis', 'none');
    const kept = shape.map((extent, i) => (i === axis ? 1 : extent));
    return [{ dtype: 'int64', shape: boolean(call.attributes, 'keepDims') ? kept : kept.toSpliced(axis, 1) }];
  },
  reference(call, inputs) {
    const [x] = dataOf(inputs);
    const { outer, extent, inner } = around(typeAt(call, 0).shape, axisIn(call));
    const y = new Float64Array(outer * inner);
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const at = (e: number) => x[(o * extent + e) * inner + i];
        let best = 0;
        for (let e = 1; e < extent; e++)
          if (at(e) > at(best) || (Number.isNaN(at(e)) && !Number.isNaN(at(best)))) best = e;
        y[o * inner + i] = best;
      }
    return [y];
  },
};
