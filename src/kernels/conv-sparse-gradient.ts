/**
 * Gradients of convolutions with a sparse filter by their image: products of spmm.ts with the transposed pattern over dY. Where
 * the window is more than a pixel, dY lies in planes with a border and each phase of the image's pixels (conv-phases.ts) is a
 * product over whole rows with their border, as in the convolution itself (conv-taps.ts). There are no columns.
 */

import { steps } from './conv-forward.ts';
import { type Band, type Geometry, packPlanes, packSlab, type Slab, slabOf } from './conv-geometry.ts';
import { gradientOf, panelBytes } from './conv-input-gradient.ts';
import { type AxisPhase, axesOf } from './conv-phases.ts';
import { copyCost, spmmCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import type { Call, Kernel, Match, Request } from './kernel.ts';
import { phasedOrder, phasedPattern, type Sorting } from './phase-forms.ts';
import { type Spmm, spmmCall, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';

const exports = ['f32_pack_columns_8', 'f32_pack_columns_16', 'f32_pack_slab', 'f32_gather_1', 'f32_merge_phases'];

function row(variant: Spmm): Kernel {
  return {
    name: variant.name,
    exports: [variant.name, ...exports],
    op: 'conv2dInputGrad',
    match(request) {
      const [dy, filter, x] = request.inputs;
      const gradient = gradientOf(request, dy, x, filter);
      if (typeof gradient === 'string') return gradient;
      const { g } = gradient;
      const { constant } = gradient.w;
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      if (g.group !== 1) return `wants one group, got ${g.group}`;
      const weight = weightOf(constant, 'csr', true);
      if (typeof weight === 'string') return weight;
      return g.pointwise
        ? pointwise(variant, g, weight, request.engine)
        : overSlabs(variant, g, weight, request.engine);
    },
  };
}

const wantsWidth = (width: number, t: number) => `wants ${width === 8 ? 'more than' : 'up to'} 8 pixels, got ${t}`;

/** 1x1, stride 1: the planes of dY are the rows of the matrix. */
function pointwise(
  { name, tile, widths }: Spmm,
  g: Geometry,
  weight: Weight,
  engine: Request['engine'],
): Match | string {
  const width = widthFor(g.t);
  if (!widths.includes(width)) return wantsWidth(width, g.t);
  const step = steps(g);
  const whole: Band = { first: 0, count: g.t };
  return {
    reads: [
      { input: 0, layout: 'rows' },
      { input: 1, layout: weight.pattern(width) },
      { input: 1, layout: weight.values },
    ],
    writes: ['rows'],
    microseconds: g.images * (copyCost(g.filters * g.t) + spmmCost(name, weight, g.t, tile, engine)),
    repacking: g.images * copyCost(g.filters * g.t),
    scratchBytes: panelBytes(g.filters, g.t, width),
    calls: ({ reads: [dy, pattern, values], writes: [dx], scratch: x }) =>
      Array.from({ length: g.images }, (_, image) => [
        packPlanes(width, g.filters, g.t, whole, dy + image * step.output, x),
        spmmCall(name, weight, {
          ...{ width, t: g.t, bounds: unbounded, pattern, values, x },
          ...{ out: dx + image * step.image, outRow: g.t },
        }),
      ]).flat(),
  };
}

/** dY as the image of a convolution with stride 1 whose window covers what the windows of all phases reach. */
interface Backward {
  readonly slab: Slab;
  readonly over: Geometry;
  readonly axes: readonly [y: readonly AxisPhase[], x: readonly AxisPhase[]];
  readonly sorting: Sorting;
  /** Bytes from the first pixel of a plane, for each tap. */
  readonly offsets: readonly number[];
}

function backwardOf(g: Geometry): Backward {
  const axes = axesOf(g);
  const pads = axes.map((phases) => Math.max(...phases.map(({ pad }) => pad)));
  const reach = axes.map((phases, axis) =>
    Math.max(...phases.map(({ taps, pad, dilation }) => pads[axis] - pad + Math.max(0, taps.length - 1) * dilation)),
  );
  const over: Geometry = {
    ...g,
    ...{ channels: g.filters, filters: g.channels, height: g.outHeight, width: g.outWidth },
    kernel: [reach[0] + 1, reach[1] + 1],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [pads[0], pads[1]],
    outHeight: axes[0][0].count,
    outWidth: axes[1][0].count,
  };
  const slab = slabOf(over);
  const count = axes[0].length * axes[1].length;
  /** Phase and place of a tap along one axis; no phase for one that reaches no pixel. */
  const along = (axis: 0 | 1, tap: number) => {
    const phase = axes[axis].findIndex(({ taps }) => taps.includes(tap));
    if (phase < 0) return { phase, place: 0 };
    const { taps, pad, dilation } = axes[axis][phase];
    return { phase, place: pads[axis] - pad + taps.indexOf(tap) * dilation };
  };
  const taps = Array.from({ length: g.kernel[0] * g.kernel[1] }, (_, tap) => {
    const [y, x] = [along(0, Math.floor(tap / g.kernel[1])), along(1, tap % g.kernel[1])];
    const lost = y.phase < 0 || x.phase < 0;
    return {
      phase: lost ? count : y.phase * axes[1].length + x.phase,
      offset: 4 * (y.place * slab.pitch + x.place),
    };
  });
  return {
    ...{ slab, over, axes },
    sorting: { count, phases: taps.map(({ phase }) => phase) },
    offsets: taps.map(({ offset }) => offset),
  };
}

/** Scratch: [values, sorted][slab of dY][phases of a row of phases]. */
function overSlabs(
  { name, tile, widths }: Spmm,
  g: Geometry,
  transposed: Weight,
  engine: Request['engine'],
): Match | string {
  if (g.height * g.width * g.t === 0) return 'wants pixels, got none';
  const { slab, over, axes, sorting, offsets } = backwardOf(g);
  const { pitch, bands } = slab;
  const [ys, xs] = axes;
  const most = (slab.rows - 1) * pitch + over.outWidth;
  const width = widthFor(most);
  if (!widths.includes(width)) return wantsWidth(width, most);
  // Products are made phase by phase: the next tile of pixels is the next lanes of the same planes.
  const rows = (sorting.count + 1) * g.channels;
  const weight: Weight = { ...transposed, rows, pointerBytes: (rows + 1) * 4, depth: 1 };
  const step = steps(g);
  const valueBytes = Math.ceil(weight.stored / 16) * 64;
  const phaseBytes = g.channels * most * 4;
  const pixels = bands.reduce((sum, band) => sum + (band.rows - 1) * pitch + over.outWidth, 0);
  const moved = (slab.bytes / 4) * bands.length + 2 * g.channels * g.height * g.width;
  return {
    reads: [
      { input: 0, layout: 'rows' },
      { input: 1, layout: phasedPattern(sorting, slab.planeBytes, offsets) },
      { input: 1, layout: 'values' },
      { input: 1, layout: phasedOrder(sorting) },
    ],
    writes: ['rows'],
    microseconds:
      2 * copyCost(weight.stored) + g.images * (copyCost(moved) + spmmCost(name, weight, pixels, tile, engine)),
    repacking: g.images * copyCost(moved),
    scratchBytes: valueBytes + slab.bytes + xs.length * phaseBytes,
    calls: ({ reads: [dy, pattern, stored, order], writes: [dx], scratch }) => {
      const planes = scratch + valueBytes;
      const parts = planes + slab.bytes;
      const list: Call[] = [{ kernel: 'f32_gather_1', args: [weight.stored, order, stored, scratch] }];
      for (let image = 0; image < g.images; image++)
        for (const band of bands) {
          list.push(packSlab(over, slab, band.first, dy + image * step.output, planes));
          for (const [i, y] of ys.entries()) {
            const count = Math.min(band.rows, y.count - band.first);
            if (count <= 0) continue;
            const t = (count - 1) * pitch + over.outWidth;
            for (const j of xs.keys())
              list.push(
                spmmCall(name, weight, {
                  ...{ width, t, bounds: unbounded, pattern, values: scratch, x: planes },
                  ...{ row: (i * xs.length + j) * g.channels, rows: g.channels },
                  ...{ out: parts + j * phaseBytes, outRow: most },
                }),
              );
            const first = y.first + band.first * g.strides[0];
            list.push({
              kernel: 'f32_merge_phases',
              args: [
                ...[g.channels, count, g.width, xs.length, parts, pitch, most * 4, phaseBytes],
                ...[dx + image * step.image + first * g.width * 4, g.strides[0] * g.width * 4, g.height * g.width * 4],
              ],
            });
          }
        }
      return list;
    },
  };
}

export const convSparseGradientKernels: readonly Kernel[] = spmmVariants.filter(({ kind }) => kind === 'csr').map(row);
