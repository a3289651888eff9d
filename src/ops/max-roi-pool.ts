import { format, sameShape, sizeOf } from '../core/shape.ts';
import { floatAt, wholeNumbers } from './checks.ts';
import { fromFront } from './indices.ts';
import { number, type Op, reject, typeAt } from './op.ts';
import { dataOf } from './operands.ts';

/** C's round: halves away from zero. */
const round = (x: number) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** Regions rois [R, 5] (image, left, top, right, bottom; both ends belong to it) of x [N, C, H, W], max-pooled to `pooled`. */
export const maxRoiPool: Op = {
  name: 'maxRoiPool',
  inputs: ['x', 'rois'],
  outputs: ['y'],
  attributes: { pooled: { type: 'numbers' }, spatialScale: { type: 'number', default: 1 } },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const rois = floatAt(call, 1).shape;
    const pooled = wholeNumbers(call, 'pooled', { count: 2, least: 1 });
    if (shape.length !== 4 || !sameShape(rois, [rois[0], 5]))
      reject(call.node, 'x [N, C, H, W] and rois [R, 5]', `${format(shape)} and ${format(rois)}`);
    return [{ dtype, shape: [rois[0], shape[1], ...pooled] }];
  },
  reference(call, inputs, [output]) {
    const [x, rois] = dataOf(inputs);
    const [images, channels, height, width] = typeAt(call, 0).shape;
    const [count, , rows, columns] = output.shape;
    const scale = number(call.attributes, 'spatialScale');
    const y = new Float64Array(sizeOf(output.shape));
    for (let r = 0; r < count; r++) {
      const image = fromFront(call, Math.trunc(rois[5 * r]), images, r);
      const [left, top, right, bottom] = rois.subarray(5 * r + 1, 5 * r + 5).map((at) => round(at * scale));
      /** The pixels of bin i of `bins` that divide the region, cut off at the image. */
      const bin = (i: number, from: number, to: number, bins: number, extent: number) => {
        const step = Math.max(to - from + 1, 1) / bins;
        const clamp = (at: number) => Math.min(Math.max(at + from, 0), extent);
        return { first: clamp(Math.floor(i * step)), end: clamp(Math.ceil((i + 1) * step)) };
      };
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            const [v, h] = [bin(i, top, bottom, rows, height), bin(j, left, right, columns, width)];
            let best = v.first < v.end && h.first < h.end ? Number.NEGATIVE_INFINITY : 0;
            for (let row = v.first; row < v.end; row++)
              for (let column = h.first; column < h.end; column++)
                best = Math.max(best, x[((image * channels + c) * height + row) * width + column]);
            y[((r * channels + c) * rows + i) * columns + j] = best;
          }
    }
    return [y];
  },
};
