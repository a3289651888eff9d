/**
 * Pooling of [N, C, ...] over one to three axes. Output extents come with the request. A line is an image of height 1; over
 * three axes a window is the product of a window over height and width and one over depth, so that planes are pooled first,
 * and then what came of them along depth:
 *
 *     [D, H, W]   ->   [D, OH * OW]   ->   [OD, OH * OW]
 */
import { padsOf } from '../core/padding.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Operand, type Request } from './kernel.ts';
import { arithmetic, flagOf, listOf, readRows, textOf, traffic, wanted } from './match.ts';
import { along } from './split.ts';

/** One pooling of images. */
interface Pass {
  /** Images per plane of the whole. */
  readonly images: number;
  readonly from: readonly [height: number, width: number];
  readonly to: readonly [height: number, width: number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
}

interface Axis {
  readonly extent: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly begin: number;
  readonly end: number;
  readonly dilation: number;
}

function axesOf({ attributes }: Request, image: Shape, pooled: Shape): Axis[] {
  const kernel = listOf(attributes, 'kernel');
  const list = (name: string) => {
    const given = listOf(attributes, name, []);
    return kernel.map((_, axis) => given[axis] ?? 1);
  };
  const [strides, dilations] = [list('strides'), list('dilations')];
  const extents = image.slice(2);
  const pads = padsOf(attributes, extents, kernel);
  return extents.map((extent, axis) => ({
    ...{ extent, out: pooled[axis + 2], kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis] },
    ...{ begin: pads[axis], end: pads[axis + extents.length] },
  }));
}

function passOf(images: number, y: Axis, x: Axis): Pass {
  return {
    images,
    from: [y.extent, x.extent],
    to: [y.out, x.out],
    kernel: [y.kernel, x.kernel],
    strides: [y.stride, x.stride],
    pads: [y.begin, x.begin, y.end, x.end],
    dilations: [y.dilation, x.dilation],
  };
}

/** An axis along which nothing happens. */
const still = (extent: number): Axis => ({
  ...{ extent, out: extent, kernel: 1, stride: 1, begin: 0, end: 0, dilation: 1 },
});

/** The passes from an image to what it is pooled to, which the gradient goes backwards; or why there are none. */
function passesOf(request: Request, image: Shape, pooled: Shape): readonly Pass[] | string {
  const axes = axesOf(request, image, pooled);
  if (axes.length === 1) return [passOf(1, still(1), axes[0])];
  if (axes.length === 2) return [passOf(1, axes[0], axes[1])];
  if (axes.length !== 3) return `want one to three axes behind [N, C], got ${axes.length}`;
  const [z, y, x] = axes;
  return [passOf(z.extent, y, x), passOf(1, z, still(y.out * x.out))];
}

const planes = (shape: Shape) => shape[0] * shape[1];
const areaOf = ([height, width]: readonly number[]) => height * width;

/** Bytes of one plane between two passes. */
const between = ([first, second]: readonly Pass[]) => (second ? first.images * areaOf(first.to) * 4 : 0);

/** Elements that are looked at. */
const tapsOf = (passes: readonly Pass[], count: number) =>
  passes.reduce((sum, { images, to, kernel }) => sum + count * images * areaOf(to) * areaOf(kernel), 0);

const isImage = (operand: Operand | undefined): operand is Operand => isPlain(operand);

const maxPool: Kernel = {
  name: 'f32_max_pool',
  exports: ['f32_max_pool', 'max_pool_places'],
  op: 'maxPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, ...]', request.inputs);
    const passes = passesOf(request, x.shape, request.outputs[0].shape);
    if (typeof passes === 'string') return passes;
    const indexed = request.outputs.length > 1;
    if (indexed && passes.length > 1) return 'want no indices over three axes';
    const counting = textOf(request.attributes, 'indices', 'plane');
    const wide = indexed && counting !== 'plane';
    const [area, pooled] = [x.shape, request.outputs[0].shape].map((shape) => sizeOf(shape.slice(2)));
    return along(
      {
        reads: readRows(0),
        writes: request.outputs.map(() => 'rows'),
        microseconds: arithmetic(tapsOf(passes, planes(x.shape)), indexed ? 0.75 : 0.5),
        scratchBytes: planes(x.shape) * (wide ? pooled * 4 : between(passes)),
      },
      {
        extent: planes(x.shape),
        unit: 1,
        calls: ({ reads: [from], writes: [out, indices], scratch }, first, count) => {
          const ends = [from + first * area * 4, ...(passes.length > 1 ? [scratch] : []), out + first * pooled * 4];
          const places = wide ? scratch : (indices ?? 0) && indices + first * pooled * 4;
          const calls = passes.map(({ images, from: [h, w], to, kernel, strides, pads, dilations }, i) => ({
            kernel: 'f32_max_pool',
            args: [
              ...[count * images, h, w, ...kernel, ...strides, pads[0], pads[1], ...dilations, ...to],
              ...[ends[i], ends[i + 1], places],
            ],
          }));
          if (!wide) return calls;
          const width = x.shape[x.shape.length - 1];
          const columns = counting === 'tensorColumns' ? 1 : 0;
          const args = [count, pooled, first, area, width, columns, places, indices + first * pooled * 8];
          return [...calls, { kernel: 'max_pool_places', args }];
        },
      },
    );
  },
};

const maxPoolGrad: Kernel = {
  name: 'f32_max_pool_grad',
  exports: ['f32_max_pool_grad'],
  op: 'maxPoolGrad',
  match({ inputs, outputs }) {
    const [dy, indices] = inputs;
    if (!isImage(dy) || !isPlain(indices, 'int32'))
      return wanted('plain float32 dy [N, C, ...] and int32 indices', inputs);
    const [area, pooled] = [outputs[0].shape, dy.shape].map((shape) => sizeOf(shape.slice(2)));
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(outputs[0].shape)) + arithmetic(sizeOf(dy.shape), 1),
      calls: (at) => [
        { kernel: 'f32_max_pool_grad', args: [planes(dy.shape), 1, area, 1, pooled, ...at.reads, at.writes[0]] },
      ],
    };
  },
};

/** Arguments common to average pooling and its gradient, which sees the images the other way round. */
function averageArguments(request: Request, { from, kernel, strides, pads, to }: Pass): readonly number[] {
  const includePad = flagOf(request.attributes, 'countIncludePad', false) ? 1 : 0;
  return [...from, ...kernel, ...strides, ...pads, ...to, includePad];
}

/** The kernels know no dilation. */
function undilated(passes: readonly Pass[] | string): readonly Pass[] | string {
  if (typeof passes === 'string') return passes;
  const dilated = passes.find(({ dilations }) => dilations.some((dilation) => dilation !== 1));
  return dilated ? `want dilations of 1, got [${dilated.dilations}]` : passes;
}

const avgPool: Kernel = {
  name: 'f32_avg_pool',
  exports: ['f32_avg_pool'],
  op: 'avgPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, ...]', request.inputs);
    const passes = undilated(passesOf(request, x.shape, request.outputs[0].shape));
    if (typeof passes === 'string') return passes;
    const [area, pooled] = [x.shape, request.outputs[0].shape].map((shape) => sizeOf(shape.slice(2)) * 4);
    return along(
      {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: arithmetic(tapsOf(passes, planes(x.shape)), 0.25),
        scratchBytes: planes(x.shape) * between(passes),
      },
      {
        extent: planes(x.shape),
        unit: 1,
        calls: ({ reads: [from], writes: [out], scratch }, first, count) => {
          const ends = [from + first * area, ...(passes.length > 1 ? [scratch] : []), out + first * pooled];
          return passes.map((pass, i) => ({
            kernel: 'f32_avg_pool',
            args: [count * pass.images, ...averageArguments(request, pass), ends[i], ends[i + 1]],
          }));
        },
      },
    );
  },
};

const avgPoolGrad: Kernel = {
  name: 'f32_avg_pool_grad',
  exports: ['f32_avg_pool_grad'],
  op: 'avgPoolGrad',
  match(request) {
    const [dy] = request.inputs;
    if (!isImage(dy)) return wanted('plain float32 dy [N, C, ...]', request.inputs);
    const image = request.outputs[0].shape;
    const passes = undilated(passesOf(request, image, dy.shape));
    if (typeof passes === 'string') return passes;
    const count = planes(image);
    return {
      reads: readRows(0),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(image)) + arithmetic(tapsOf(passes, count), 0.6),
      scratchBytes: count * between(passes),
      calls: (at) => {
        const ends = [at.reads[0], ...(passes.length > 1 ? [at.scratch] : []), at.writes[0]];
        return [...passes].reverse().map((pass, i) => ({
          kernel: 'f32_avg_pool_grad',
          args: [count * pass.images, ...averageArguments(request, pass), ends[i], ends[i + 1]],
        }));
      },
    };
  },
};

export const pool: readonly Kernel[] = [maxPool, maxPoolGrad, avgPool, avgPoolGrad];
