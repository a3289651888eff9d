/** Convolutions of 8-bit numbers over any number of axes. */
import { type Shape, sizeOf } from '../core/shape.ts';
import { wantLike } from './checks.ts';
import { type NdArray, number, type Op, type OpCall, reject, shapesOf } from './op.ts';
import { byteAt, centred, checkParameter, rescaled } from './quantized.ts';
import { eachTap, openWindowAttributes, type Slide, slidesOf } from './window.ts';

const convAttributes = { ...openWindowAttributes, group: { type: 'number', default: 1 } } as const;

interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly perGroup: number;
  readonly filtersPerGroup: number;
  readonly slides: readonly Slide[];
  readonly out: Shape;
}

/** x [N, C, ...] and filters [OC, C / group, ...], which are inputs `first` and `second`. */
function geometryOf(call: OpCall, first: number, second: number): Geometry {
  const [x, w] = [byteAt(call, first).shape, byteAt(call, second).shape];
  const group = number(call.attributes, 'group');
  const [batch, channels, ...extents] = x;
  const [filters, perGroup, ...kernel] = w;
  if (x.length < 3 || w.length !== x.length || !(group >= 1) || perGroup * group !== channels || filters % group !== 0)
    reject(call.node, `[N, C, ...] * [OC, C / ${group}, ...] with OC a multiple of ${group}`, shapesOf(call));
  const slides = slidesOf(call, extents, kernel);
  const filtersPerGroup = filters / group;
  return {
    batch,
    channels,
    filters,
    perGroup,
    filtersPerGroup,
    slides,
    out: [batch, filters, ...slides.map((s) => s.out)],
  };
}

/** Padding stands for zero, so it adds nothing to sums of centred numbers. */
function convolve(geometry: Geometry, x: Float64Array, w: Float64Array): Float64Array {
  const { batch, channels, filters, perGroup, filtersPerGroup, slides } = geometry;
  const size = (one: (slide: Slide) => number) => slides.reduce((product, slide) => product * one(slide), 1);
  const [image, plane, taps] = [size((s) => s.extent), size((s) => s.out), size((s) => s.kernel)];
  const y = new Float64Array(batch * filters * plane);
  eachTap(slides, (out, at, tap) => {
    for (let n = 0; n < batch; n++)
      for (let f = 0; f < filters; f++) {
        const first = n * channels + Math.floor(f / filtersPerGroup) * perGroup;
        let sum = 0;
        for (let c = 0; c < perGroup; c++) sum += x[(first + c) * image + at] * w[(f * perGroup + c) * taps + tap];
        y[(n * filters + f) * plane + out] += sum;
      }
  });
  return y;
}

function convMultiplyAdds({ perGroup, slides, out }: Geometry): number {
  return sizeOf(out) * perGroup * slides.reduce((product, { kernel }) => product * kernel, 1);
}

/** The convolution of x - xZero with w - wZero as int32; of filters there may be a zero point each. */
export const convInteger: Op = {
  name: 'convInteger',
  inputs: ['x', 'w', 'xZero?', 'wZero?'],
  outputs: ['y'],
  attributes: convAttributes,
  infer(call) {
    const { out } = geometryOf(call, 0, 1);
    const [x, w] = [byteAt(call, 0), byteAt(call, 1)];
    checkParameter(call, 2, [], 0, x.dtype);
    checkParameter(call, 3, w.shape, 0, w.dtype);
    return [{ dtype: 'int32', shape: out }];
  },
  reference(call, [x, w, xZero, wZero]) {
    if (!x || !w) throw new Error('inputs are checked by infer');
    return [convolve(geometryOf(call, 0, 1), centred(x, xZero, 0), centred(w, wZero, 0))];
  },
  multiplyAdds: (call) => convMultiplyAdds(geometryOf(call, 0, 1)),
};

/** A convolution of quantized numbers, quantized again. bias is int32 in units of xScale · wScale. */
export const qlinearConv: Op = {
  name: 'qlinearConv',
  inputs: ['x', 'xScale', 'xZero', 'w', 'wScale', 'wZero', 'yScale', 'yZero', 'bias?'],
  outputs: ['y'],
  attributes: convAttributes,
  infer(call) {
    const { out, filters } = geometryOf(call, 0, 3);
    const [x, w, y] = [byteAt(call, 0), byteAt(call, 3), byteAt(call, 7)];
    for (const [input, dtype] of [
      [1, 'float32'],
      [2, x.dtype],
      [6, 'float32'],
      [7, y.dtype],
    ] as const)
      checkParameter(call, input, [], 0, dtype);
    checkParameter(call, 4, w.shape, 0, 'float32');
    checkParameter(call, 5, w.shape, 0, w.dtype);
    if (call.types[8])
      wantLike({ ...call, types: [{ dtype: 'int32', shape: [] }, ...call.types.slice(1)] }, 8, [filters], 0);
    return [{ dtype: y.dtype, shape: out }];
  },
  reference(call, inputs, [output]) {
    const [x, xScale, xZero, w, wScale, wZero, yScale, yZero] = inputs as readonly NdArray[];
    const bias = inputs[8];
    const geometry = geometryOf(call, 0, 3);
    const sums = convolve(geometry, centred(x, xZero, 0), centred(w, wZero, 0));
    const plane = sizeOf(geometry.out.slice(2));
    return [
      sums.map((sum, i) => {
        const filter = Math.floor(i / plane) % geometry.filters;
        const scale = wScale.data[wScale.data.length === 1 ? 0 : filter];
        const whole = sum + (bias?.data[filter] ?? 0);
        return rescaled(whole, xScale.data[0], scale, yScale.data[0], yZero.data[0], output);
      }),
    ];
  },
  multiplyAdds: (call) => convMultiplyAdds(geometryOf(call, 0, 3)),
};
