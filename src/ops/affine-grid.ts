import { format, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt, wholeNumbers } from './checks.ts';
import { boolean, type Op, type OpCall, reject } from './op.ts';
import { dataOf } from './operands.ts';
import { walk } from './walk.ts';

/** Height and width, or depth, height and width. */
function extentsOf(call: OpCall): readonly number[] {
  return wholeNumbers(call, 'size', { least: 0 }).slice(2);
}

/**
 * For each output pixel where it lies in the input, for gridSample: theta [N, axes, axes + 1] times its own place in
 * [-1, 1]. `size` is [N, C, H, W] or [N, C, D, H, W]; the grid is [N, H, W, 2] or [N, D, H, W, 3], the last axis first.
 */
export const affineGrid: Op = {
  name: 'affineGrid',
  inputs: ['theta'],
  outputs: ['grid'],
  attributes: { size: { type: 'numbers' }, alignCorners: { type: 'boolean', default: false } },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const size = wholeNumbers(call, 'size', { least: 0 });
    const extents = extentsOf(call);
    const axes = extents.length;
    if ((axes !== 2 && axes !== 3) || format(shape) !== format([size[0], axes, axes + 1]))
      reject(call.node, 'theta [N, 2, 3] with a size of 4, or [N, 3, 4] with 5', `${format(shape)}, ${format(size)}`);
    return [{ dtype, shape: [size[0], ...extents, axes] }];
  },
  reference(call, inputs, [output]) {
    const [theta] = dataOf(inputs);
    return [affinePlaces(theta, [output.shape[0], ...extentsOf(call)], boolean(call.attributes, 'alignCorners'))];
  },
};

/** Theta [N, axes, axes + 1] times the place of every pixel of [N, ...extents]. */
export function affinePlaces(theta: Float64Array, [n, ...extents]: Shape, aligned: boolean): Float64Array {
  const axes = extents.length;
  const place = (i: number, extent: number) =>
    aligned ? (extent > 1 ? (2 * i) / (extent - 1) - 1 : 0) : (2 * i + 1) / extent - 1;
  const grid = new Float64Array(sizeOf([n, ...extents]) * axes);
  walk([n, ...extents], ([image, ...index], flat) => {
    const places = index.map((i, axis) => place(i, extents[axis])).reverse();
    for (let row = 0; row < axes; row++) {
      const at = (image * axes + row) * (axes + 1);
      grid[flat * axes + row] = places.reduce((sum, value, k) => sum + theta[at + k] * value, theta[at + axes]);
    }
  });
  return grid;
}
