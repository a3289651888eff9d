/** Convolutions: gather the columns of an image, then multiply; depthwise directly. */
import { sizeOf } from '../core/shape.ts';
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
import { tapsCalls, tapsExports, tapsOf, tapsPattern } from './conv-taps.ts';
import { columnsCost, copyCost, depthwiseCost, gemmCost, spmmCost } from './cost.ts';
import { depthwiseScratch } from './depthwise.ts';
import { biasAt, EPILOGUE, type Epilogue, epilogueOf, epilogueReads, finishCalls, NEAR_BYTES } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { readRows } from './match.ts';
import { along, finest, inBlocks } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';

interface Forward {
  readonly g: Geometry;
  readonly epilogue: Epilogue;
  readonly w: Operand;
}

function forwardOf(request: Request): Forward | string {
  const { attributes, inputs, outputs } = request;
  const [x, w] = inputs;
  if (!isPlain(x)) return 'wants a dense float32 image';
  if (w?.dtype !== 'float32') return 'wants a float32 filter';
  const g = geometryOf(attributes, x.shape, w.shape, outputs[0].shape);
  if (typeof g === 'string') return g;
  const epilogue = epilogueOf(request, g.filters);
  if (typeof epilogue === 'string') return epilogue;
  return { g, epilogue, w };
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
  const { g, epilogue, w } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  const m = g.filters / g.group;
  const bands = bandsOf(g);
  const step = steps(g);
  const each = columnsCost(g.t * g.depth) + gemmCost(1, m, g.t, g.depth, request.engine);
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      microseconds: g.images * g.group * each + epilogue.microseconds,
      scratchBytes: bandBytes(g, 8),
    },
    {
      extent: g.images * g.group * bands.length,
      unit: 1,
      calls(at, first, count) {
        const { reads, writes, scratch } = at;
        const [x, weights] = reads;
        const bias = biasAt(epilogue, at);
        return bandsFrom(g, bands, first, count).flatMap(({ image, group, band }) => {
          const start = (image * step.output + group * step.outputGroup) / 4 + band.first;
          return [
            packColumns(8, g, band, x + image * step.image + group * step.imageGroup, scratch),
            gemmCall({
              ...{ m, n: band.count, k: g.depth, bounds: epilogue.bounds },
              a: weights + group * step.weightGroup,
              aStrides: [0, g.depth, 1],
              b: scratch,
              biasRows: bias && bias + group * m * 4,
              c: writes[0] + start * 4,
              cRow: g.t,
            }),
            ...finishCalls(epilogue, at, { first: start, rows: m, n: band.count, row: g.t }),
          ];
        });
      },
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
  const { name, kind } = variant;
  return {
    name,
    exports: [name, ...packExports, ...tapsExports, EPILOGUE],
    op: 'conv2d',
    match(request) {
      const forward = forwardOf(request);
      if (typeof forward === 'string') return forward;
      const { g, w } = forward;
      const { constant } = w;
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      if (g.group !== 1) return `wants one group, got ${g.group}`;
      const weight = weightOf(constant, kind, false);
      if (typeof weight === 'string') return weight;
      const { engine } = request;
      return g.pointwise
        ? pointwise(variant, forward, bestFor(variant, weight, w.mutable), engine)
        : overSlabs(variant, forward, weight, engine);
    },
  };
}

const wantsWidth = (width: number, t: number) =>
  `wants ${width === 8 ? 'more than' : 'up to'} 8 output pixels, got ${t}`;

/** More planes than this are packed: their rows would share few pages and fewer cache sets. */
const DIRECT_PLANES = 64;

/** 1x1, stride 1: the planes of the image are the rows of the matrix. Few of them are read where they are, if tiles end with them. */
function pointwise(variant: Spmm, { g, epilogue }: Forward, weight: Weight, engine: Request['engine']): Match | string {
  const { name, kind, tile, widths } = variant;
  const width = widthFor(g.t);
  if (!widths.includes(width)) return wantsWidth(width, g.t);
  const bands = bandsOf(g);
  const step = steps(g);
  const direct = g.depth <= DIRECT_PLANES && width === 16 && g.t % width === 0;
  const packing = direct ? 0 : columnsCost(g.t * g.depth);
  return along(
    {
      reads: [
        { input: 0, layout: 'rows' },
        { input: 1, layout: direct ? tapsPattern(kind, g.t * 4, [0]) : weight.pattern(width) },
        { input: 1, layout: weight.values },
        ...epilogueReads(epilogue),
      ],
      writes: ['rows'],
      microseconds: g.images * (packing + spmmCost(name, weight, g.t, tile, engine)) + epilogue.microseconds,
      scratchBytes: direct ? 0 : bandBytes(g, width),
    },
    {
      extent: g.images * bands.length,
      unit: 1,
      calls(at, first, count) {
        const { reads, writes, scratch } = at;
        const [x, pattern, values] = reads;
        return bandsFrom(g, bands, first, count).flatMap(({ image, band }) => {
          const start = (image * step.output) / 4 + band.first;
          const planes = x + image * step.image;
          return [
            ...(direct ? [] : [packColumns(width, g, band, planes, scratch)]),
            ...spmmCalls(variant, direct ? { ...weight, depth: 1 } : weight, {
              ...{ width, t: band.count, bounds: epilogue.bounds, pattern, values },
              bias: biasAt(epilogue, at),
              x: direct ? planes + band.first * 4 : scratch,
              out: writes[0] + start * 4,
              outRow: g.t,
            }),
            ...finishCalls(epilogue, at, { first: start, rows: g.filters, n: band.count, row: g.t }),
          ];
        });
      },
    },
  );
}

/** Any window, over planes with a border. */
function overSlabs(variant: Spmm, { g, epilogue }: Forward, weight: Weight, engine: Request['engine']): Match | string {
  const { name, tile, widths } = variant;
  const taps = tapsOf(g, variant);
  if (!widths.includes(taps.width)) return wantsWidth(taps.width, g.t);
  const step = steps(g);
  const { bands } = taps.slab;
  const packed = (taps.slab.bytes / 4) * bands.length;
  return along(
    {
      reads: [
        { input: 0, layout: 'rows' },
        { input: 1, layout: taps.pattern },
        { input: 1, layout: weight.values },
        ...epilogueReads(epilogue),
      ],
      writes: ['rows'],
      microseconds:
        g.images *
          (copyCost(packed + g.filters * g.t) + spmmCost(name, { ...weight, depth: 1 }, taps.pixels, tile, engine)) +
        epilogue.microseconds,
      scratchBytes: taps.scratchBytes,
    },
    {
      extent: g.images * bands.length,
      unit: 1,
      calls(at, first, count) {
        const { reads, writes, scratch } = at;
        const [x, pattern, values] = reads;
        return inBlocks(count, 1, (i) => {
          const image = Math.floor((first + i) / bands.length);
          const band = bands[(first + i) % bands.length];
          const start = (image * step.output) / 4 + band.first * g.outWidth;
          return [
            ...tapsCalls(name, g, taps, weight, epilogue, band, {
              ...{ pattern, values, scratch, bias: biasAt(epilogue, at) },
              image: x + image * step.image,
              out: writes[0] + image * step.output,
            }),
            ...finishCalls(epilogue, at, { first: start, rows: g.filters, n: band.rows * g.outWidth, row: g.t }),
          ];
        });
      },
    },
  );
}

function matchDepthwise(request: Request): Match | string {
  const forward = forwardOf(request);
  if (typeof forward === 'string') return forward;
  const { g, epilogue, w } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  if (g.group !== g.channels || g.group === 1)
    return `wants as many groups as channels, got ${g.group} and ${g.channels}`;
  const step = steps(g);
  const sizes = windowArgs(g, g.channels);
  const filters = g.filters / g.channels;
  const near = Math.max(1, Math.floor(NEAR_BYTES / Math.max(1, step.outputGroup)));
  /** Some channels of an image: as many at a time as are near when they are to be finished. */
  const image = (at: Addresses, item: number, from: number, channels: number) =>
    inBlocks(channels, epilogue.finish ? near : Math.max(1, channels), (first, count) => {
      const { reads, writes } = at;
      const channel = from + first;
      const start = (item * step.output + channel * step.outputGroup) / 4;
      const bias = biasAt(epilogue, at);
      const { bounds } = epilogue;
      const convolve = {
        kernel: 'f32_depthwise',
        args: [
          ...[count, filters, ...sizes.slice(1)],
          ...[reads[0] + item * step.image + channel * step.imageGroup, reads[1] + channel * step.weightGroup],
          ...[bias && bias + channel * filters * 4, bounds.lo, bounds.hi, writes[0] + start * 4, at.scratch],
        ],
      };
      return [convolve, ...finishCalls(epilogue, at, { first: start, rows: count * filters, n: g.t, row: g.t })];
    });
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      microseconds: depthwiseCost(sizeOf([g.images, g.filters, g.t]), g.depth) + epilogue.microseconds,
      scratchBytes: depthwiseScratch(g),
    },
    finest([
      {
        extent: g.images,
        unit: 1,
        calls: (at, first, count) => inBlocks(count, 1, (i) => image(at, first + i, 0, g.channels)),
      },
      {
        extent: g.channels,
        unit: 1,
        calls: (at, first, count) => inBlocks(g.images, 1, (item) => image(at, item, first, count)),
      },
    ]),
  );
}

export const convKernels: readonly Kernel[] = [
  {
    name: 'f32_gemm_4x8',
    exports: ['f32_gemm_4x8', 'f32_pack_columns_8', 'f32_im2col_8', EPILOGUE],
    op: 'conv2d',
    match: matchDense,
  },
  ...spmmVariants.map(sparseRow),
  { name: 'f32_depthwise', exports: ['f32_depthwise', EPILOGUE], op: 'conv2d', match: matchDepthwise },
];
