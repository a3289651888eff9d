import { sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { poolOf } from './max-pool.ts';
import { type AttributeRule, boolean, type Op, type OpCall, typeAt } from './op.ts';
import { type Slide, windowAttributes } from './window.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  kernel: { type: 'numbers' },
  ...windowAttributes,
  ceilMode: { type: 'boolean', default: false },
  countIncludePad: { type: 'boolean', default: false },
};

/** The input positions [from, to) of window o, and what its length counts as. */
function windowAt({ stride, begin, kernel, extent, end }: Slide, o: number, includePad: boolean) {
  const start = o * stride - begin;
  const [from, to] = [Math.max(start, 0), Math.min(start + kernel, extent)];
  // What sticks out beyond the end padding (ceilMode) never counts.
  return { from, to, length: includePad ? Math.min(start + kernel, extent + end) - start : to - from };
}

/** Visits every pair of a window and an input element in it, with the element's share. */
function visit(call: OpCall, input: number, each: (out: number, image: number, share: number) => void): void {
  const { y, x, out } = poolOf(call, input);
  const includePad = boolean(call.attributes, 'countIncludePad');
  for (let plane = 0; plane < out[0] * out[1]; plane++)
    for (let oy = 0; oy < y.out; oy++)
      for (let ox = 0; ox < x.out; ox++) {
        const [rows, columns] = [windowAt(y, oy, includePad), windowAt(x, ox, includePad)];
        const share = 1 / (rows.length * columns.length);
        for (let iy = rows.from; iy < rows.to; iy++)
          for (let ix = columns.from; ix < columns.to; ix++)
            each((plane * y.out + oy) * x.out + ox, (plane * y.extent + iy) * x.extent + ix, share);
      }
}

/**
 * The mean of each window over height and width. x [N, C, H, W]. Padding counts as zeros with `countIncludePad`, else
 * it does not count; with `ceilMode` a last window may stick out at the end, and what sticks out does not count.
 */
export const avgPool: Op = {
  name: 'avgPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer: (call) => [{ dtype: typeAt(call, 0).dtype, shape: poolOf(call, 0).out }],
  reference(call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, 0, (out, image, share) => {
      y[out] += x.data[image] * share;
    });
    return [y];
  },
  gradient: ({ inputs, attributes: settings, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('avgPoolGrad', [dy, inputs[0]], settings)],
};

/** The gradient of avgPool: every element of a window gets its share of dy. x gives its shape only. */
export const avgPoolGrad: Op = {
  name: 'avgPoolGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    wantLike(call, 0, poolOf(call, 1).out, 1);
    const { dtype, shape } = floatAt(call, 1);
    return [{ dtype, shape }];
  },
  reference(call, [dy], [output]) {
    if (!dy) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    visit(call, 1, (out, image, share) => {
      dx[image] += dy.data[out] * share;
    });
    return [dx];
  },
  shapeOnly: [1],
};
