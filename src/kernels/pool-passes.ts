/**
 * Pooling of [N, C, ...] over one to three axes. Output extents come with the request. A line is an image of height 1; over
 * three axes a window is the product of a window over height and width and one over depth, so that planes are pooled first,
 * and then what came of them along depth:
 *
 *     [D, H, W]   ->   [D, OH * OW]   ->   [OD, OH * OW]
 */
import { padsOf } from '../core/padding.ts';
import type { Shape } from '../core/shape.ts';
import type { Request } from './kernel.ts';
import { listOf } from './match.ts';

/** One pooling of images. */
export interface Pass {
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
export function passesOf(request: Request, image: Shape, pooled: Shape): readonly Pass[] | string {
  const axes = axesOf(request, image, pooled);
  if (axes.length === 1) return [passOf(1, still(1), axes[0])];
  if (axes.length === 2) return [passOf(1, axes[0], axes[1])];
  if (axes.length !== 3) return `want one to three axes behind [N, C], got ${axes.length}`;
  const [z, y, x] = axes;
  return [passOf(z.extent, y, x), passOf(1, z, still(y.out * x.out))];
}

export const planes = (shape: Shape) => shape[0] * shape[1];
export const areaOf = ([height, width]: readonly number[]) => height * width;

/** Bytes of one plane between two passes. */
export const between = ([first, second]: readonly Pass[], bytes = 4) =>
  second ? first.images * areaOf(first.to) * bytes : 0;

/** Elements that are looked at. */
export const tapsOf = (passes: readonly Pass[], count: number) =>
  passes.reduce((sum, { images, to, kernel }) => sum + count * images * areaOf(to) * areaOf(kernel), 0);
