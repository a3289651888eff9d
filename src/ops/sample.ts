import { format, sameShape } from '../core/shape.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import { floatAt } from './checks.ts';
import { type Op, reject, typeAt } from './op.ts';

/** The elements at the given flat positions; 0 for those that stick out. */
export function pick(dense: Float64Array, positions: Uint32Array): Float64Array {
  return Float64Array.from(positions, (at) => (at === STICK_OUT ? 0 : dense[at]));
}

/**
 * Picks a dense gradient at the stored positions of a sparse constant: dense [...w.shape], w (its pattern only) -> [stored],
 * in the order of w's encoding, 0 for what sticks out.
 */
export const sample: Op = {
  name: 'sample',
  inputs: ['dense', 'w'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const dense = floatAt(call, 0);
    const w = typeAt(call, 1);
    if (w.stored === undefined) reject(call.node, 'a sparse constant as w', `dense ${format(w.shape)}`);
    if (!sameShape(dense.shape, w.shape))
      reject(call.node, `a tensor of w's shape ${format(w.shape)}`, format(dense.shape));
    return [{ dtype: dense.dtype, shape: [w.stored] }];
  },
  reference(call, [dense]) {
    const w = call.constants[1];
    if (!dense || !w) throw new Error('inputs are checked by infer');
    return [pick(dense.data, storedPositions(w))];
  },
  shapeOnly: [1],
};
