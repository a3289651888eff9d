import { UsageError } from '../core/errors.ts';
import { format, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { type AttributeRule, type Op, reject, shapesOf, string, typeAt, where } from './op.ts';
import { numericAt } from './operands.ts';
import { poolAttributes, poolOf } from './pool.ts';
import { eachTap } from './window.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  ...poolAttributes,
  indices: { type: 'string', default: 'plane', oneOf: ['plane', 'tensor', 'tensorColumns'] },
};

/** A place in a plane of the given extents when its first axis runs fastest. */
export function columnMajor(place: number, extents: Shape): number {
  let [index, step] = [0, sizeOf(extents)];
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    step /= extents[axis];
    index += (place % extents[axis]) * step;
    place = Math.floor(place / extents[axis]);
  }
  return index;
}

/**
 * The largest element of each window over the axes behind [N, C]; NaN wins. x [N, C, ...] -> y, and where the (first)
 * largest stands: in its plane as int32, or with `indices` `tensor` in all of x, as int64, which `tensorColumns` counts with
 * the first axis of a plane running fastest. Padding never wins; with `ceilMode` a last window may stick out at the end.
 */
export const maxPool: Op = {
  name: 'maxPool',
  inputs: ['x'],
  outputs: ['y', 'indices?'],
  attributes,
  infer(call) {
    const { out } = poolOf(call, 0);
    const dtype = string(call.attributes, 'indices') === 'plane' ? 'int32' : 'int64';
    return [
      { dtype: numericAt(call, 0).dtype, shape: out },
      { dtype, shape: out },
    ];
  },
  reference(call, [input]) {
    if (!input) throw new Error('inputs are checked by infer');
    const { slides, planes, plane, pooled } = poolOf(call, 0);
    const places = string(call.attributes, 'indices');
    const extents = slides.map(({ extent }) => extent);
    const [largest, indices] = [new Float64Array(planes * pooled), new Float64Array(planes * pooled)];
    const best = new Int32Array(pooled);
    for (let p = 0; p < planes; p++) {
      const x = input.data.subarray(p * plane, (p + 1) * plane);
      best.fill(-1);
      eachTap(slides, (out, image) => {
        const [value, held] = [x[image], x[best[out]]];
        if (best[out] < 0 || value > held || (Number.isNaN(value) && !Number.isNaN(held))) best[out] = image;
      });
      best.forEach((place, out) => {
        largest[p * pooled + out] = x[place];
        const index = places === 'tensorColumns' ? columnMajor(place, extents) : place;
        indices[p * pooled + out] = places === 'plane' ? index : p * plane + index;
      });
    }
    return [largest, indices];
  },
  gradient({ inputs, outputs, attributes: settings, outputGradients: [dy], emit, emitMany }) {
    if (dy === undefined) return [];
    // The indices are an optional output: a node without them is computed once more, with them.
    const inPlane = settings.indices === 'plane';
    const again = () => emitMany('maxPool', inputs, 2, { ...settings, indices: 'plane' })[1];
    return [emit('maxPoolGrad', [dy, (inPlane && outputs[1]) || again(), inputs[0]])];
  },
};

/** The gradient of maxPool: each dy goes to where its window's largest stood. x [N, C, ...] gives its shape only. */
export const maxPoolGrad: Op = {
  name: 'maxPoolGrad',
  inputs: ['dy', 'indices', 'x'],
  outputs: ['dx'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 2);
    const dy = typeAt(call, 0).shape;
    if (shape.length < 3 || dy.length !== shape.length || dy[0] !== shape[0] || dy[1] !== shape[1])
      reject(call.node, 'two tensors [N, C, O...] x [N, C, O...] and x [N, C, ...]', shapesOf(call));
    wantLike(call, 0, dy, 2);
    const indices = typeAt(call, 1);
    if (indices.dtype !== 'int32' || format(indices.shape) !== format(dy))
      reject(call.node, `indices as int32 ${format(dy)}`, `${indices.dtype} ${format(indices.shape)}`);
    return [{ dtype, shape }];
  },
  reference(call, [dy, indices], [output]) {
    if (!dy || !indices) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    const [plane, windows] = [output, dy].map(({ shape }) => sizeOf(shape.slice(2)));
    dy.data.forEach((value, at) => {
      const index = indices.data[at];
      if (index < 0 || index >= plane)
        throw new UsageError(`${where(call.node)}: want indices in [0, ${plane}), got ${index}`);
      dx[Math.floor(at / windows) * plane + index] += value;
    });
    return [dx];
  },
  shapeOnly: [2],
};
