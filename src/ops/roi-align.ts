import { format, sameShape, sizeOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { fromFront, indicesAt } from './indices.ts';
import { boolean, number, type Op, reject, string, typeAt } from './op.ts';
import { dataOf } from './operands.ts';

/** A sample between four pixels: their places in the plane, and their weights. Outside of the plane it is 0. */
function sampleAt(y: number, x: number, height: number, width: number) {
  if (y < -1 || y > height || x < -1 || x > width) return { places: [0, 0, 0, 0], weights: [0, 0, 0, 0] };
  const along = (at: number, extent: number) => {
    const inside = Math.max(at, 0);
    const low = Math.min(Math.floor(inside), extent - 1);
    const rest = low >= extent - 1 ? 0 : inside - low;
    return { low, high: Math.min(low + 1, extent - 1), rest };
  };
  const [v, h] = [along(y, height), along(x, width)];
  return {
    places: [v.low * width + h.low, v.low * width + h.high, v.high * width + h.low, v.high * width + h.high],
    weights: [(1 - v.rest) * (1 - h.rest), (1 - v.rest) * h.rest, v.rest * (1 - h.rest), v.rest * h.rest],
  };
}

/**
 * Regions rois [R, 4] (left, top, right, bottom) of the images x [N, C, H, W] that `batches` [R] names, each pooled to
 * [height, width] by samples between pixels. `max` takes the greatest weighted pixel of all, as ONNX and onnxruntime do.
 */
export const roiAlign: Op = {
  name: 'roiAlign',
  inputs: ['x', 'rois', 'batches'],
  outputs: ['y'],
  attributes: {
    mode: { type: 'string', default: 'avg', oneOf: ['avg', 'max'] },
    height: { type: 'number', default: 1 },
    width: { type: 'number', default: 1 },
    /** Samples per bin along each axis; 0: as many as the bin has pixels. */
    samplingRatio: { type: 'number', default: 0 },
    spatialScale: { type: 'number', default: 1 },
    /** Whether pixel centers are at halves. */
    halfPixel: { type: 'boolean', default: true },
  },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const rois = floatAt(call, 1).shape;
    const batches = indicesAt(call, 2).shape;
    if (shape.length !== 4 || !sameShape(rois, [rois[0], 4]) || !sameShape(batches, [rois[0]]))
      reject(
        call.node,
        'x [N, C, H, W], rois [R, 4] and batches [R]',
        [shape, rois, batches].map((each) => format(each)).join(', '),
      );
    return [{ dtype, shape: [rois[0], shape[1], number(call.attributes, 'height'), number(call.attributes, 'width')] }];
  },
  reference(call, inputs, [output]) {
    const { attributes } = call;
    const [x, rois, batches] = dataOf(inputs);
    const [images, channels, height, width] = typeAt(call, 0).shape;
    const [count, , rows, columns] = output.shape;
    const half = boolean(attributes, 'halfPixel');
    const scale = number(attributes, 'spatialScale');
    const ratio = number(attributes, 'samplingRatio');
    const max = string(attributes, 'mode') === 'max';
    const y = new Float64Array(sizeOf(output.shape));
    for (let r = 0; r < count; r++) {
      const image = fromFront(call, batches[r], images, r);
      const [left, top, right, bottom] = rois.subarray(4 * r, 4 * r + 4).map((at) => at * scale - (half ? 0.5 : 0));
      // Without half pixels a region has at least one pixel.
      const extent = (from: number, to: number) => (half ? to - from : Math.max(to - from, 1));
      const [binHeight, binWidth] = [extent(top, bottom) / rows, extent(left, right) / columns];
      const [down, across] = [binHeight, binWidth].map((bin) => (ratio > 0 ? ratio : Math.ceil(bin)));
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const samples = Array.from({ length: Math.max(0, down * across) }, (_, s) => {
            const v = top + (i + (Math.floor(s / across) + 0.5) / down) * binHeight;
            const h = left + (j + ((s % across) + 0.5) / across) * binWidth;
            return sampleAt(v, h, height, width);
          });
          for (let c = 0; c < channels; c++) {
            const plane = (image * channels + c) * height * width;
            const parts = samples.flatMap(({ places, weights }) => places.map((at, k) => weights[k] * x[plane + at]));
            const sum = parts.reduce((total, part) => total + part, 0);
            const value = max ? (parts.length > 0 ? Math.max(...parts) : 0) : sum / Math.max(samples.length, 1);
            y[((r * channels + c) * rows + i) * columns + j] = value;
          }
        }
    }
    return [y];
  },
};
