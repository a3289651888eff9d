import { UsageError } from '../core/errors.ts';
import { format, MAX_ELEMENTS, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike, wholeNumbers } from './checks.ts';
import { type AttributeRule, boolean, type Op, type OpCall, reject, shapesOf, typeAt, where } from './op.ts';
import { type Slide, slidesOf, wantFilled, windowAttributes } from './window.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  kernel: { type: 'numbers' },
  ...windowAttributes,
  dilations: { type: 'numbers', default: [1, 1] },
  ceilMode: { type: 'boolean', default: false },
};

/** The slides of a pooling node over its input of [N, C, H, W], and the shape of its result. */
export function poolOf(call: OpCall, input: number): { readonly y: Slide; readonly x: Slide; readonly out: Shape } {
  const { shape } = floatAt(call, input);
  if (shape.length !== 4) reject(call.node, '[N, C, H, W]', format(shape));
  const kernel = wholeNumbers(call, 'kernel', { count: 2, least: 1, most: MAX_ELEMENTS });
  const [y, x] = slidesOf(call, shape.slice(2), kernel, boolean(call.attributes, 'ceilMode'));
  wantFilled(call, [y, x]);
  return { y, x, out: [shape[0], shape[1], y.out, x.out] };
}

/**
 * The largest element of each window over height and width; NaN wins. x [N, C, H, W] -> y, and indices: int32, where in
 * its H x W plane the (first) largest stands. Padding never wins; with `ceilMode` a last window may stick out at the end.
 */
export const maxPool: Op = {
  name: 'maxPool',
  inputs: ['x'],
  outputs: ['y', 'indices?'],
  attributes,
  infer(call) {
    const { out } = poolOf(call, 0);
    return [
      { dtype: typeAt(call, 0).dtype, shape: out },
      { dtype: 'int32', shape: out },
    ];
  },
  reference(call, [input], [output]) {
    if (!input) throw new Error('inputs are checked by infer');
    const { y, x } = poolOf(call, 0);
    const size = sizeOf(output.shape);
    const [largest, indices] = [new Float64Array(size), new Float64Array(size)];
    for (let at = 0; at < size; at++) {
      const ox = at % x.out;
      const oy = Math.floor(at / x.out) % y.out;
      const plane = Math.floor(at / (x.out * y.out)) * y.extent * x.extent;
      let best = -1;
      for (let ky = 0; ky < y.kernel; ky++)
        for (let kx = 0; kx < x.kernel; kx++) {
          const iy = oy * y.stride - y.begin + ky * y.dilation;
          const ix = ox * x.stride - x.begin + kx * x.dilation;
          if (iy < 0 || iy >= y.extent || ix < 0 || ix >= x.extent) continue;
          const index = iy * x.extent + ix;
          const [value, held] = [input.data[plane + index], input.data[plane + best]];
          if (best < 0 || value > held || (Number.isNaN(value) && !Number.isNaN(held))) best = index;
        }
      largest[at] = input.data[plane + best];
      indices[at] = best;
    }
    return [largest, indices];
  },
  gradient({ inputs, outputs, attributes: settings, outputGradients: [dy], emit, emitMany }) {
    if (dy === undefined) return [];
    // The indices are an optional output: a node without them is computed once more, with them.
    const indices = outputs[1] || emitMany('maxPool', inputs, 2, settings)[1];
    return [emit('maxPoolGrad', [dy, indices, inputs[0]])];
  },
};

/** The gradient of maxPool: each dy goes to where its window's largest stood. x [N, C, H, W] gives its shape only. */
export const maxPoolGrad: Op = {
  name: 'maxPoolGrad',
  inputs: ['dy', 'indices', 'x'],
  outputs: ['dx'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 2);
    const dy = typeAt(call, 0).shape;
    if (shape.length !== 4 || dy.length !== 4 || dy[0] !== shape[0] || dy[1] !== shape[1])
      reject(call.node, '[N, C, OH, OW] x [N, C, OH, OW] x [N, C, H, W]', shapesOf(call));
    wantLike(call, 0, dy, 2);
    const indices = typeAt(call, 1);
    if (indices.dtype !== 'int32' || format(indices.shape) !== format(dy))
      reject(call.node, `indices as int32 ${format(dy)}`, `${indices.dtype} ${format(indices.shape)}`);
    return [{ dtype, shape }];
  },
  reference(call, [dy, indices], [output]) {
    if (!dy || !indices) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    const plane = output.shape[2] * output.shape[3];
    const windows = dy.shape[2] * dy.shape[3];
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
