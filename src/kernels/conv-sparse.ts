/** Convolutions with a sparse filter: the products of spmm.ts over the image itself. */
import { invariant } from '../core/errors.ts';
import { format, type Shape } from '../core/shape.ts';

import { bandsFrom, type Forward, forwardOf, steps } from './conv-forward.ts';
import { bandBytes, bandsOf, packColumns, packExports } from './conv-geometry.ts';
import { imagePlanes, naturalLayout, type Places, tapsCalls, tapsExports, tapsOf, tapsPattern } from './conv-taps.ts';
import { callsCost, columnsCost, copyCost, spmmCost } from './cost.ts';
import { biasAt, EPILOGUE, epilogueReads, finishCalls } from './epilogue.ts';
import type { Kernel, Layout, Match, Preference, Request } from './kernel.ts';
import { clearBorder, clearCost, holds, isPlanes, originOf, planesLayout, planesOf } from './planes.ts';
import { along, inBlocks } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';

function sparseRow(variant: Spmm): Kernel {
  const { name, kind } = variant;
  return {
    name,
    exports: [name, ...packExports, ...tapsExports, EPILOGUE],
    op: 'conv2d',
    prefers: preferred,
    carries: [3],
    match(request) {
      const forward = forwardOf(request);
      if (typeof forward === 'string') return forward;
      const { g, w } = forward;
      const { constant } = w;
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      const weight = weightOf(constant, kind, false);
      if (typeof weight === 'string') return weight;
      if (g.group > 1 && (g.filters / g.group) % weight.height !== 0)
        return `wants groups of a multiple of ${weight.height} filters, got ${g.filters / g.group}`;
      const { engine, wanted = 'rows' } = request;
      const inRows = !isPlanes(request.inputs[0]?.layout ?? 'rows') && !isPlanes(wanted);
      return g.pointwise && g.group === 1 && inRows
        ? pointwise(variant, forward, bestFor(variant, weight, w.mutable), engine)
        : overTaps(variant, forward, weight, request);
    },
  };
}

/** Input: the image in planes with the border that windows reach. Output: rows as long as they are computed. */
function preferred(request: Request): Preference {
  const forward = forwardOf(request);
  const encoding = request.inputs[1]?.constant?.encoding ?? 'dense';
  if (typeof forward === 'string' || encoding === 'dense' || forward.g.t === 0) return {};
  const { g } = forward;
  const [x, , , residual] = request.inputs;
  const input = g.pointwise ? undefined : imagePlanes(g);
  const natural = g.pointwise && !isPlanes(x?.layout ?? 'rows') ? undefined : naturalLayout(g, placesOf(request));
  const beside = residual && isPlanes(residual.layout) ? residual.layout : undefined;
  return {
    ...(input && { input: [planesLayout(input)] }),
    output: [natural, beside].filter((layout) => layout !== undefined),
  };
}

const wantsWidth = (width: number, t: number) =>
  `wants ${width === 8 ? 'more than' : 'up to'} 8 output pixels, got ${t}`;

/** More planes than this are packed: their rows would share few pages and fewer cache sets. */
const DIRECT_PLANES = 128;

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
      repacking: g.images * packing,
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

/** The layouts of image and output; a residual lies as the output does. */
function placesOf({ inputs: [x], outputs: [y], wanted = 'rows' }: Request): Places {
  const place = (layout: Layout, shape: Shape) => {
    const [planes, rows] = [planesOf(layout, shape), planesOf('rows', shape)];
    invariant(rows, `an image has rank 4, not ${format(shape)}`);
    return isPlanes(layout) && planes && holds(planes, shape) ? { layout, planes } : { layout: 'rows', planes: rows };
  };
  const [source, made] = [place(x?.layout ?? 'rows', x?.shape ?? []), place(wanted, y.shape)];
  return { from: source.layout, source: source.planes, to: made.layout, made: made.planes };
}

/** Any window, over planes with a border. */
function overTaps(variant: Spmm, { g, epilogue }: Forward, weight: Weight, request: Request): Match | string {
  const { name, tile, widths } = variant;
  const places = placesOf(request);
  const { from, source, to, made } = places;
  const taps = tapsOf(g, variant, places);
  if (!widths.includes(taps.width)) return wantsWidth(taps.width, g.t);
  const { bands } = taps.slab;
  const images = { input: g.channels * source.plane * 4, output: g.filters * made.plane };
  const repacking =
    (taps.image ? 0 : copyCost((taps.slabBytes / 4) * bands.length)) +
    (taps.direct ? 0 : copyCost(g.filters * g.t)) +
    (isPlanes(to) ? clearCost(g.filters * g.outHeight) : 0);
  const products =
    spmmCost(name, { ...weight, depth: 1 }, taps.pixels, tile, request.engine) +
    callsCost((g.group - 1) * bands.length);
  return along(
    {
      reads: [
        { input: 0, layout: from },
        { input: 1, layout: taps.pattern },
        { input: 1, layout: weight.values },
        ...epilogueReads(epilogue, to),
      ],
      writes: [to],
      repacking: g.images * repacking,
      microseconds: g.images * (repacking + products) + epilogue.microseconds,
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
          const start = image * images.output + originOf(made) + band.first * made.pitch;
          const area = { ...band, planes: g.filters };
          const last = image + 1 === g.images;
          const n = (band.rows - 1) * made.pitch + g.outWidth;
          return [
            ...tapsCalls(name, g, taps, weight, epilogue, places, band, {
              ...{ pattern, values, scratch, bias: biasAt(epilogue, at) },
              image: x + image * images.input,
              out: writes[0] + (image * images.output + originOf(made)) * 4,
            }),
            ...finishCalls(epilogue, at, { first: start, rows: g.filters, n, row: made.plane }),
            ...(isPlanes(to) ? [clearBorder(made, [g.outHeight, g.outWidth], area, last, writes[0] + start * 4)] : []),
          ];
        });
      },
    },
  );
}

export const sparseConvKernels: readonly Kernel[] = spmmVariants.map(sparseRow);
