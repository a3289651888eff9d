import { format, stridesOf } from '../core/shape.ts';
import { numbers, type Op, type OpCall, reject, typeAt } from './op.ts';
import { flatIndex, walk } from './walk.ts';

function permutationOf(call: OpCall): readonly number[] {
  const rank = typeAt(call, 0).shape.length;
  const perm = numbers(call.attributes, 'perm');
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (perm.length === 0) return axes.reverse();
  if (perm.length !== rank || !axes.every((axis) => perm.includes(axis)))
    reject(call.node, `perm as an order of the axes 0 to ${rank - 1}`, format(perm));
  return perm;
}

/** Axis i of the result is axis perm[i] of the input; an empty `perm` reverses the axes. */
export const transpose: Op = {
  name: 'transpose',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { perm: { type: 'numbers', default: [] } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    return [{ dtype, shape: permutationOf(call).map((axis) => shape[axis]) }];
  },
  reference(call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const own = stridesOf(x.shape);
    const strides = permutationOf(call).map((axis) => own[axis]);
    const y = new Float64Array(x.data.length);
    walk(output.shape, (index, flat) => {
      y[flat] = x.data[flatIndex(index, strides)];
    });
    return [y];
  },
  gradient({ attributes, outputGradients: [dy], emit }) {
    if (dy === undefined) return [];
    const perm = numbers(attributes, 'perm');
    return [emit('transpose', [dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
  },
};
