import { UsageError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { axisOf, floatAt, ranked, wantLike } from './checks.ts';
import { type AttributeRule, type NdArray, number, type Op, type OpCall, reject, typeAt, where } from './op.ts';
import { around } from './operands.ts';

const attributes: Readonly<Record<string, AttributeRule>> = { axis: { type: 'number', default: 0 } };

/** Data [outer][extent][inner], result [outer][indices][inner]. */
function layoutOf(call: OpCall, data: number) {
  const { shape } = typeAt(call, data);
  const indices = typeAt(call, 1);
  if (indices.dtype !== 'int32' && indices.dtype !== 'int64')
    reject(call.node, 'indices of int32 or int64', indices.dtype);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const result: Shape = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  return { ...around(shape, axis), result };
}

/** Visits every pair of a result element and the data element it is taken from. */
function visit(
  call: OpCall,
  data: number,
  { data: indices }: NdArray,
  each: (result: number, data: number) => void,
): void {
  const { outer, extent, inner } = layoutOf(call, data);
  for (let o = 0; o < outer; o++)
    indices.forEach((index, i) => {
      if (!(index >= -extent && index < extent))
        throw new UsageError(
          `${where(call.node)}: want indices in [${-extent}, ${extent - 1}], got ${index} at position ${i}`,
        );
      const from = index < 0 ? index + extent : index;
      for (let j = 0; j < inner; j++) each((o * indices.length + i) * inner + j, (o * extent + from) * inner + j);
    });
}

/**
 * Takes the entries `indices` along `axis`: the result has the shape of the indices in place of that axis. Negative
 * indices count from the back; one out of range is an error when it is met.
 */
export const gather: Op = {
  name: 'gather',
  inputs: ['data', 'indices'],
  outputs: ['y'],
  attributes,
  infer: (call) => [{ dtype: typeAt(call, 0).dtype, shape: ranked(call, layoutOf(call, 0).result) }],
  reference(call, [data, indices], [output]) {
    if (!data || !indices) throw new Error('inputs are checked by infer');
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, 0, indices, (result, from) => {
      y[result] = data.data[from];
    });
    return [y];
  },
  gradient: ({ inputs: [data, indices], attributes: settings, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('gatherGrad', [dy, indices, data], settings)],
};

/** The gradient of gather: dy added up where its entries were taken from. data gives its shape only. */
export const gatherGrad: Op = {
  name: 'gatherGrad',
  inputs: ['dy', 'indices', 'data'],
  outputs: ['ddata'],
  attributes,
  infer(call) {
    const { dtype, shape } = floatAt(call, 2);
    wantLike(call, 0, layoutOf(call, 2).result, 2);
    return [{ dtype, shape }];
  },
  reference(call, [dy, indices], [output]) {
    if (!dy || !indices) throw new Error('inputs are checked by infer');
    const sum = new Float64Array(sizeOf(output.shape));
    visit(call, 2, indices, (result, to) => {
      sum[to] += dy.data[result];
    });
    return [sum];
  },
  shapeOnly: [2],
};
