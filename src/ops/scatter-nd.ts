/** Ops whose indices are tuples: the last axis of the indices holds one position in the data. */
import { format, type Shape, sameShape, sizeOf, stridesOf } from '../core/shape.ts';
import { ranked } from './checks.ts';
import { fromFront, indicesAt } from './indices.ts';
import { type AttributeRule, number, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { dataOf } from './operands.ts';

export const reductionRule: AttributeRule = {
  type: 'string',
  default: 'none',
  oneOf: ['none', 'add', 'mul', 'max', 'min'],
};

/** What becomes of an element that meets an update. */
export function combine(reduction: string, old: number, update: number): number {
  switch (reduction) {
    case 'add':
      return old + update;
    case 'mul':
      return old * update;
    case 'max':
      return Math.max(old, update);
    case 'min':
      return Math.min(old, update);
    default:
      return update;
  }
}

/** Indices [batch..., tuples..., depth] into data [batch..., depth extents..., slice...]. */
interface Tuples {
  readonly batch: Shape;
  readonly tuples: Shape;
  readonly depth: number;
  readonly slice: Shape;
}

function tuplesOf(call: OpCall, batchDims: number): Tuples {
  const data = typeAt(call, 0).shape;
  const indices = indicesAt(call, 1).shape;
  const depth = indices.at(-1) ?? -1;
  const fits =
    batchDims < indices.length &&
    depth >= 0 &&
    batchDims + depth <= data.length &&
    sameShape(data.slice(0, batchDims), indices.slice(0, batchDims));
  if (!fits)
    reject(
      call.node,
      `indices [${batchDims > 0 ? `the first ${batchDims} extents of the data, ` : ''}..., at most ${data.length - batchDims}]`,
      `${format(indices)} for data ${format(data)}`,
    );
  return {
    batch: data.slice(0, batchDims),
    tuples: indices.slice(batchDims, -1),
    depth,
    slice: data.slice(batchDims + depth),
  };
}

/** Visits every tuple with where its slice begins in the data. */
function visit(call: OpCall, batchDims: number, indices: Float64Array, each: (tuple: number, from: number) => void) {
  const { batch, tuples, depth } = tuplesOf(call, batchDims);
  const data = typeAt(call, 0).shape;
  const strides = stridesOf(data);
  const perBatch = sizeOf(data.slice(batchDims));
  const [batches, count] = [sizeOf(batch), sizeOf(tuples)];
  for (let tuple = 0; tuple < batches * count; tuple++) {
    let from = Math.floor(tuple / count) * perBatch;
    for (let k = 0; k < depth; k++) {
      const at = tuple * depth + k;
      from += fromFront(call, indices[at], data[batchDims + k], at) * strides[batchDims + k];
    }
    each(tuple, from);
  }
}

/** y[b..., t..., :] = data[b..., indices[b..., t...], :], where the last axis of the indices holds as many as it says. */
export const gatherND: Op = {
  name: 'gatherND',
  inputs: ['data', 'indices'],
  outputs: ['y'],
  attributes: { batchDims: { type: 'number', default: 0 } },
  infer(call) {
    const { batch, tuples, slice } = tuplesOf(call, number(call.attributes, 'batchDims'));
    return [{ dtype: typeAt(call, 0).dtype, shape: ranked(call, [...batch, ...tuples, ...slice]) }];
  },
  reference(call, inputs, [output]) {
    const [data, indices] = dataOf(inputs);
    const batchDims = number(call.attributes, 'batchDims');
    const length = sizeOf(tuplesOf(call, batchDims).slice);
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, batchDims, indices, (tuple, from) => y.set(data.subarray(from, from + length), tuple * length));
    return [y];
  },
};

/** A copy of data in which the slices at the indices are those of updates, or are combined with them by `reduction`. */
export const scatterND: Op = {
  name: 'scatterND',
  inputs: ['data', 'indices', 'updates'],
  outputs: ['y'],
  attributes: { reduction: reductionRule },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const { tuples, slice } = tuplesOf(call, 0);
    const updates = typeAt(call, 2);
    if (!sameShape(updates.shape, [...tuples, ...slice]) || updates.dtype !== dtype)
      reject(
        call.node,
        `updates as ${dtype} ${format([...tuples, ...slice])}`,
        `${updates.dtype} ${format(updates.shape)}`,
      );
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [data, indices, updates] = dataOf(inputs);
    const y = data.slice();
    const length = sizeOf(tuplesOf(call, 0).slice);
    const reduction = string(call.attributes, 'reduction');
    visit(call, 0, indices, (tuple, to) => {
      for (let i = 0; i < length; i++) y[to + i] = combine(reduction, y[to + i], updates[tuple * length + i]);
    });
    return [y];
  },
};
