/**
 * Gradients of sparse filters at their stored positions: dot products of the planes of dY and of the image, shifted by the tap.
 * The image lies in planes with a border (conv-taps.ts) or, where the window is one pixel, stays where it is.
 */

import { steps } from './conv-forward.ts';
import { type Geometry, packSlab, slabOf } from './conv-geometry.ts';
import { gradientOf } from './conv-input-gradient.ts';
import { offsetsOf, tapsPattern } from './conv-taps.ts';
import { copyCost, sddmmPlanesCost } from './cost.ts';
import { type Call, isPlain, type Kernel, type Layout, type Read } from './kernel.ts';
import { gatherCall, type SampledKind, sampledOf, sddmmPlanesNames } from './sddmm.ts';
import { inBlocks } from './split.ts';

/** Lines of one image that are multiplied in one call. */
interface Lines {
  readonly count: number;
  readonly width: number;
  /** Floats from the first of dY's plane. */
  readonly first: number;
  /** Bytes from the start of `planes`. */
  readonly at: number;
  /** Brings the image's planes to where they are read. */
  readonly pack: (image: number, scratch: number) => readonly Call[];
}

/** How the taps of a filter reach the image. */
interface Reach {
  readonly pattern: Layout;
  /** Whether the image is read where it is. */
  readonly direct: boolean;
  /** Bytes from line to line of dY and of the image's planes. */
  readonly yLine: number;
  readonly xLine: number;
  readonly bands: readonly Lines[];
  readonly scratchBytes: number;
  readonly packed: number;
}

/** Bytes of planes that stay near, and pixels below which a dot product is over too soon after its start. */
const NEAR = 1 << 20;
const LEAST = 960;

function reachOf(g: Geometry, kind: SampledKind): Reach {
  if (g.pointwise)
    return {
      pattern: tapsPattern(kind, g.t * 4, [0]),
      ...{ direct: true, yLine: 0, xLine: 0, scratchBytes: 0, packed: 0 },
      bands: inBlocks(g.t, Math.max(LEAST, Math.floor(NEAR / (64 * g.channels)) * 16), (first, width) => [
        { count: 1, width, first, at: first * 4, pack: () => [] },
      ]),
    };
  const slab = slabOf(g);
  const { pitch, bands } = slab;
  return {
    pattern: tapsPattern(kind, slab.planeBytes, offsetsOf(g, slab)),
    ...{ direct: false, yLine: g.outWidth * 4, xLine: pitch * 4, scratchBytes: slab.bytes },
    packed: (slab.bytes / 4) * bands.length,
    bands: bands.map(({ first, rows }) => ({
      ...{ count: rows, width: g.outWidth, first: first * g.outWidth, at: 0 },
      pack: (image, scratch) => [packSlab(g, slab, first, image, scratch)],
    })),
  };
}

/** Scratch: [slab][values in the walk's order]. */
function row(kind: SampledKind): Kernel {
  const name = sddmmPlanesNames[kind];
  return {
    name,
    exports: [name, 'f32_gather_1', 'f32_pack_slab'],
    op: 'conv2dWeightGrad',
    match(request) {
      const [dy, x, filter] = request.inputs;
      const gradient = gradientOf(request, dy, x, filter);
      if (typeof gradient === 'string') return gradient;
      const { g, w } = gradient;
      const { constant } = w;
      if (!isPlain(x)) return 'wants a dense float32 image';
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (request.attributes.dense === true) return 'makes the gradient of the stored values; this one is dense';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      if (g.group !== 1) return `wants one group, got ${g.group}`;
      const sampled = sampledOf(constant, kind);
      if (typeof sampled === 'string') return sampled;
      const { inverse, stored, values, rows, pointerBytes } = sampled;
      const { pattern, direct, yLine, xLine, bands, scratchBytes, packed } = reachOf(g, kind);
      const step = steps(g);
      const reads: Read[] = [
        { input: 0, layout: 'rows' },
        { input: 1, layout: 'rows' },
        { input: 2, layout: pattern },
      ];
      if (inverse) reads.push({ input: 2, layout: inverse });
      const products = bands.reduce(
        (sum, { count, width }) => sum + sddmmPlanesCost(name, sampled, count, width, request.engine),
        0,
      );
      return {
        reads,
        writes: ['rows'],
        repacking: direct ? 0 : g.images * copyCost(packed),
        microseconds: g.images * (products + (direct ? 0 : copyCost(packed))) + (inverse ? copyCost(values) : 0),
        scratchBytes: scratchBytes + (inverse ? stored * 4 : 0),
        calls: ({ reads: [dyAt, xAt, patternAt, index], writes: [dw], scratch }) => {
          const out = inverse ? scratch + scratchBytes : dw;
          const product = (lines: number, width: number, y: number, planes: number, accumulate: boolean): Call => ({
            kernel: name,
            args: [
              ...[rows, lines, width, stored, patternAt, patternAt + pointerBytes],
              ...[y, g.t * 4, yLine, planes, xLine, Number(accumulate), out],
            ],
          });
          // No lines write zeros: there may be no image at all.
          const list: Call[] = g.images === 0 || bands.length === 0 ? [product(0, 0, 0, 0, false)] : [];
          for (let image = 0; image < g.images; image++)
            for (const [i, { count, width, first, at, pack }] of bands.entries()) {
              const from = xAt + image * step.image;
              list.push(...pack(from, scratch));
              const y = dyAt + image * step.output + first * 4;
              list.push(product(count, width, y, (direct ? from : scratch) + at, image + i > 0));
            }
          if (inverse) list.push(gatherCall(sampled, index, out, dw));
          return list;
        },
      };
    },
  };
}

export const convSampledKernels: readonly Kernel[] = [row('csr'), row('bsr2x1'), row('bsr4x1')];
