import { format, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { axisOf } from './checks.ts';
import { fromFront, indicesAt } from './indices.ts';
import { type AttributeRule, number, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { combine, reductionRule } from './scatter-nd.ts';
import { flatIndex, walk } from './walk.ts';

const axisRule: AttributeRule = { type: 'number', default: 0 };

/** The shape of the indices, which must lie within the data but for `axis`. */
function shapeAt(call: OpCall): Shape {
  const { shape } = typeAt(call, 0);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const indices = indicesAt(call, 1);
  const fits =
    indices.shape.length === shape.length && indices.shape.every((extent, i) => i === axis || extent <= shape[i]);
  if (!fits) reject(call.node, `indices within ${format(shape)} but for axis ${axis}`, format(indices.shape));
  return indices.shape;
}

/** Visits every position of the indices with the element of the data that it means. */
function visit(call: OpCall, indices: Float64Array, each: (position: number, data: number) => void): void {
  const { shape } = typeAt(call, 0);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const strides = stridesOf(shape);
  walk(typeAt(call, 1).shape, (index, flat) => {
    const along = fromFront(call, indices[flat], shape[axis], flat);
    each(flat, flatIndex(index, strides) + (along - index[axis]) * strides[axis]);
  });
}

/** y[i, j, k] = data[i, indices[i, j, k], k] for axis 1, and so on. */
export const gatherElements: Op = {
  name: 'gatherElements',
  inputs: ['data', 'indices'],
  outputs: ['y'],
  attributes: { axis: axisRule },
  infer: (call) => [{ dtype: typeAt(call, 0).dtype, shape: shapeAt(call) }],
  reference(call, inputs, [output]) {
    const [data, indices] = dataOf(inputs);
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, indices, (position, from) => {
      y[position] = data[from];
    });
    return [y];
  },
  gradient({ inputs: [data, indices], attributes: { axis }, outputGradients: [dy], emit, scalar }) {
    if (dy === undefined) return [];
    return [emit('scatterElements', [emit('expandLike', [scalar(0), data]), indices, dy], { axis, reduction: 'add' })];
  },
};

/**
 * A copy of data in which data[i, indices[i, j, k], k] is updates[i, j, k] for axis 1, and so on; or is combined with it
 * by `reduction`, in the order of the updates.
 */
export const scatterElements: Op = {
  name: 'scatterElements',
  inputs: ['data', 'indices', 'updates'],
  outputs: ['y'],
  attributes: { axis: axisRule, reduction: reductionRule },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const wanted = shapeAt(call);
    const updates = typeAt(call, 2);
    if (format(updates.shape) !== format(wanted) || updates.dtype !== dtype)
      reject(call.node, `updates as ${dtype} ${format(wanted)}`, `${updates.dtype} ${format(updates.shape)}`);
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [data, indices, updates] = dataOf(inputs);
    const y = data.slice();
    const reduction = string(call.attributes, 'reduction');
    visit(call, indices, (position, to) => {
      y[to] = combine(reduction, y[to], updates[position]);
    });
    return [y];
  },
};
