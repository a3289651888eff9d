import { axisOf } from './checks.ts';
import { boolean, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { around, dataOf, numericAt } from './operands.ts';

function axisIn(call: OpCall): number {
  return axisOf(call, number(call.attributes, 'axis'), typeAt(call, 0).shape.length);
}

/** The position along one axis of the element that `beats` all others, the first or the last among equals. */
function position(name: string, beats: (a: number, b: number) => boolean): Op {
  return {
    name,
    inputs: ['x'],
    outputs: ['y'],
    attributes: {
      axis: { type: 'number', default: 0 },
      keepDims: { type: 'boolean', default: true },
      selectLastIndex: { type: 'boolean', default: false },
    },
    infer(call) {
      const { shape } = numericAt(call, 0);
      const axis = axisIn(call);
      if (shape[axis] === 0) reject(call.node, 'at least one element along the axis', 'none');
      const kept = shape.map((extent, i) => (i === axis ? 1 : extent));
      return [{ dtype: 'int64', shape: boolean(call.attributes, 'keepDims') ? kept : kept.toSpliced(axis, 1) }];
    },
    reference(call, inputs) {
      const [x] = dataOf(inputs);
      const last = boolean(call.attributes, 'selectLastIndex');
      const { outer, extent, inner } = around(typeAt(call, 0).shape, axisIn(call));
      const y = new Float64Array(outer * inner);
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          const at = (e: number) => x[(o * extent + e) * inner + i];
          let best = 0;
          for (let e = 1; e < extent; e++) {
            const [old, now] = [at(best), at(e)];
            if (Number.isNaN(old) && !Number.isNaN(now)) continue;
            if (Number.isNaN(now) ? last || !Number.isNaN(old) : beats(now, old) || (last && now === old)) best = e;
          }
          y[o * inner + i] = best;
        }
      return [y];
    },
  };
}

/** The index of the greatest along one axis as int64. NaN counts as the greatest. */
export const argMax: Op = position('argMax', (a, b) => a > b);

/** The index of the least along one axis as int64. NaN counts as the least. */
export const argMin: Op = position('argMin', (a, b) => a < b);
