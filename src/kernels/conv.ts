/** Convolutions: gather the columns of an image, then multiply; depthwise directly. */
import { format, sizeOf } from '../core/shape.ts';
import {
  type Band,
  bandBytes,
  bandsOf,
  type Geometry,
  geometryOf,
  packColumns,
  packExports,
  windowArgs,
} from './conv-geometry.ts';
import { columnsCost, depthwiseCost, gemmCost, spmmCost } from './cost.ts';
import { type Bounds, boundsOf } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { along, finest } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, weightOf, widthFor } from './spmm.ts';

interface Forward {
  readonly g: Geometry;
  readonly bounds: Bounds;
  readonly w: Operand;
  readonly bias: boolean;
}

function forwardOf({ attributes, inputs: [x, w, bias], outputs: [y] }: Request): Forward | string {
  if (!isPlain(x)) return 'wants a dense float32 image';
  if (w?.dtype !== 'float32') return 'wants a float32 filter';
  const g = geometryOf(attributes, x.shape, w.shape, y.shape);
  const bounds = boundsOf(attributes);
  if (typeof g === 'string') return g;
  if (typeof bounds === 'string') return bounds;
  if (bias && !isPlain(bias)) return 'wants a dense float32 bias';
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== g.filters))
    return `wants a bias [${g.filters}], got ${format(bias.shape)}`;
  return { g, bounds, w, bias: bias !== undefined };
}

/** Bytes from one image, and from one group's planes, to the next. */
export function steps(g: Geometry) {
  const plane = g.height * g.width * 4;
  return {
    image: g.channels * plane,
    imageGroup: (g.channels / g.group) * plane,
    output: g.filters * g.t * 4,
    outputGroup: (g.filters / g.group) * g.t * 4,
    weightGroup: (g.filters / g.group) * g.depth * 4,
  };
}

function matchDense(request: Request): Match | string {
  const forward = forwardOf(request);
  if (typeof forward === 'string') return forward;
  const { g, bounds, w, bias } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  const m = g.filters / g.group;
  const bands = bandsOf(g);
  const step = steps(g);
  const each = columnsCost(g.t * g.depth) + gemmCost(1, m, g.t, g.depth, request.engine);
  return along(
    {
      reads: [0, 1, ...(bias ? [2] : [])].map((input) => ({ input, layout: 'rows' })),
      writes: ['rows'],
      microseconds: g.images * g.group * each,
      scratchBytes: bandBytes(g, 8),
    },
    {
      extent: g.images * g.group * bands.length,
      unit: 1,
      calls: ({ reads: [x, weights, biasAt], writes: [out], scratch }, first, count) =>
        bandsFrom(g, bands, first, count).flatMap(({ image, group, band }) => [
          packColumns(8, g, band, x + image * step.image + group * step.imageGroup, scratch),
          gemmCall({
            ...{ m, n: band.count, k: g.depth, bounds },
            a: weights + group * step.weightGroup,
            aStrides: [0, g.depth, 1],
            b: scratch,
            biasRows: biasAt === undefined ? 0 : biasAt + group * m * 4,
            c: out + image * step.output + group * step.outputGroup + band.first * 4,
            cRow: g.t,
          }),
        ]),
    },
  );
}

/** The bands of all groups of all images in a row, of which `count` from `first`. */
function bandsFrom(g: Geometry, bands: readonly Band[], first: number, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const plane = Math.floor((first + i) / bands.length);
    return { image: Math.floor(plane / g.group), group: plane % g.group, band: bands[(first + i) % bands.length] };
  });
}

function sparseRow(variant: Spmm): Kernel {
  const { name, kind, tile, widths } = variant;
  return {
    name,
    exports: [name, ...packExports],
    op: 'conv2d',
    match(request) {
      const forward = forwardOf(request);
      if (typeof forward === 'string') return forward;
      const { g, bounds, w, bias } = forward;
      const { constant } = w;
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      if (g.group !== 1) return `wants one group, got ${g.group}`;
      const width = widthFor(g.t);
      if (!widths.includes(width)) return `wants ${width === 8 ? 'more than' : 'up to'} 8 output pixels, got ${g.t}`;
      const plain = weightOf(constant, kind, false);
      if (typeof plain === 'string') return plain;
      const weight = bestFor(variant, plain, w.mutable);
      const bands = bandsOf(g);
      const step = steps(g);
      return along(
        {
          reads: [
            { input: 0, layout: 'rows' },
            { input: 1, layout: weight.pattern(width) },
            { input: 1, layout: weight.values },
            ...(bias ? [{ input: 2, layout: 'rows' }] : []),
          ],
          writes: ['rows'],
          microseconds: g.images * (columnsCost(g.t * g.depth) + spmmCost(name, weight, g.t, tile, request.engine)),
          scratchBytes: bandBytes(g, width),
        },
        {
          extent: g.images * bands.length,
          unit: 1,
          calls: ({ reads: [x, pattern, values, biasAt], writes: [out], scratch }, first, count) =>
            bandsFrom(g, bands, first, count).flatMap(({ image, band }) => [
              packColumns(width, g, band, x + image * step.image, scratch),
              ...spmmCalls(variant, weight, {
                ...{ width, t: band.count, bounds, pattern, values },
                bias: biasAt ?? 0,
                x: scratch,
                out: out + image * step.output + band.first * 4,
                outRow: g.t,
              }),
            ]),
        },
      );
    },
  };
}

function matchDepthwise(request: Request): Match | string {
  const forward = forwardOf(request);
  if (typeof forward === 'string') return forward;
  const { g, bounds, w, bias } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  if (g.group !== g.channels || g.group === 1)
    return `wants as many groups as channels, got ${g.group} and ${g.channels}`;
  const step = steps(g);
  const sizes = windowArgs(g, g.channels);
  return along(
    {
      reads: [0, 1, ...(bias ? [2] : [])].map((input) => ({ input, layout: 'rows' })),
      writes: ['rows'],
      microseconds: depthwiseCost(sizeOf([g.images, g.filters, g.t]), g.depth),
    },
    finest([
      {
        extent: g.images,
        unit: 1,
        calls: ({ reads: [x, weights, biasAt], writes: [out] }, first, count) =>
          Array.from({ length: count }, (_, i) => ({
            kernel: 'f32_depthwise',
            args: [
              ...[g.channels, g.filters / g.channels, ...sizes.slice(1)],
              ...[x + (first + i) * step.image, weights, biasAt ?? 0],
              ...[bounds.lo, bounds.hi, out + (first + i) * step.output],
            ],
          })),
      },
      {
        extent: g.channels,
        unit: 1,
        calls: ({ reads: [x, weights, biasAt], writes: [out] }, first, count) =>
          Array.from({ length: g.images }, (_, image) => ({
            kernel: 'f32_depthwise',
            args: [
              ...[count, g.filters / g.channels, ...sizes.slice(1)],
              ...[x + image * step.image + first * step.imageGroup, weights + first * step.weightGroup],
              ...[biasAt ? biasAt + first * (g.filters / g.channels) * 4 : 0, bounds.lo, bounds.hi],
              out + image * step.output + first * step.outputGroup,
            ],
          })),
      },
    ]),
  );
}

export const convKernels: readonly Kernel[] = [
  {
    name: 'f32_gemm_4x8',
    exports: ['f32_gemm_4x8', 'f32_pack_columns_8', 'f32_im2col_8'],
    op: 'conv2d',
    match: matchDense,
  },
  ...spmmVariants.map(sparseRow),
  { name: 'f32_depthwise', exports: ['f32_depthwise'], op: 'conv2d', match: matchDepthwise },
];
