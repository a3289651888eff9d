/** Convolutions with a sparse filter: the products of spmm.ts over the image itself. */

import { bandsFrom, type Forward, forwardOf, steps } from './conv-forward.ts';
import { bandBytes, bandsOf, packColumns, packExports } from './conv-geometry.ts';
import { tapsCalls, tapsExports, tapsOf, tapsPattern } from './conv-taps.ts';
import { columnsCost, copyCost, spmmCost } from './cost.ts';
import { biasAt, EPILOGUE, epilogueReads, finishCalls } from './epilogue.ts';
import type { Kernel, Match, Request } from './kernel.ts';
import { along, inBlocks } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';

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

export const sparseConvKernels: readonly Kernel[] = spmmVariants.map(sparseRow);
