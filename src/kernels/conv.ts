/** Dense convolutions: products for 1x1, products over an image with a border for windows, and depthwise directly. */
import { sizeOf } from '../core/shape.ts';
import { FILTERS, windowCalls, windowExports, windowsOf } from './conv-dense.ts';
import { bandsFrom, forwardOf, steps } from './conv-forward.ts';
import { bandBytes, bandsOf, packColumns, windowArgs } from './conv-geometry.ts';
import { sparseConvKernels } from './conv-sparse.ts';
import { columnsCost, depthwiseCost, gemmCost } from './cost.ts';
import { depthwiseScratch } from './depthwise.ts';
import { biasAt, EPILOGUE, epilogueReads, finishCalls, NEAR_BYTES } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { readRows } from './match.ts';
import { along, finest, inBlocks } from './split.ts';

/** 1x1, stride 1: the planes of the image are the right side of a product. */
function matchPointwise(request: Request): Match | string {
  const forward = forwardOf(request);
  if (typeof forward === 'string') return forward;
  const { g, epilogue, w } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  if (!g.pointwise) return 'wants a 1x1 filter, stride 1, no padding';
  const m = g.filters / g.group;
  const bands = bandsOf(g);
  const step = steps(g);
  const each = columnsCost(g.t * g.depth) + gemmCost(1, m, g.t, g.depth, request.engine);
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      repacking: g.images * g.group * columnsCost(g.t * g.depth),
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

function matchWindows(request: Request): Match | string {
  const forward = forwardOf(request);
  if (typeof forward === 'string') return forward;
  const { g, epilogue, w } = forward;
  if (!isPlain(w)) return 'wants a dense filter';
  if (g.pointwise) return 'wants a window: a filter that is not 1x1, a stride or padding';
  const windows = windowsOf(g, request.engine);
  const { filters } = windows.g;
  const { bands } = windows.slab;
  const step = steps(g);
  /** Of one band, counted through all groups of all images, the filters in `range`. */
  const band = (at: Addresses, index: number, range: readonly [number, number]) => {
    const plane = Math.floor(index / bands.length);
    const [image, group] = [Math.floor(plane / g.group), plane % g.group];
    const rows = bands[index % bands.length];
    const { reads, writes, scratch, table } = at;
    const bias = biasAt(epilogue, at);
    const out = image * step.output + group * step.outputGroup;
    const [first, count] = range;
    return [
      ...windowCalls(windows, rows, epilogue.bounds, range, {
        image: reads[0] + image * step.image + group * step.imageGroup,
        filters: reads[1] + group * step.weightGroup,
        bias: bias && bias + group * filters * 4,
        ...{ table, scratch, out: writes[0] + out, outRow: g.t },
      }),
      ...finishCalls(epilogue, at, {
        ...{ first: out / 4 + first * g.t + rows.first * g.outWidth, rows: count, n: rows.rows * g.outWidth, row: g.t },
      }),
    ];
  };
  const extent = g.images * g.group * bands.length;
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      repacking: g.images * g.group * windows.repacking,
      microseconds: g.images * g.group * windows.microseconds + epilogue.microseconds,
      scratchBytes: windows.scratchBytes,
      table: windows.offsets,
    },
    finest([
      {
        extent,
        unit: 1,
        calls: (at, first, count) => inBlocks(count, 1, (i) => band(at, first + i, [0, filters])),
      },
      {
        extent: filters,
        unit: FILTERS,
        calls: (at, first, count) => inBlocks(extent, 1, (i) => band(at, i, [first, count])),
      },
    ]),
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
    exports: ['f32_gemm_4x8', 'f32_pack_columns_8', EPILOGUE],
    op: 'conv2d',
    match: matchPointwise,
  },
  { name: 'f32_conv_4x8', exports: [...windowExports, EPILOGUE], op: 'conv2d', match: matchWindows },
  ...sparseConvKernels,
  { name: 'f32_depthwise', exports: ['f32_depthwise', EPILOGUE], op: 'conv2d', match: matchDepthwise },
];
