/** Gradients of depthwise convolutions, channel by channel. */

import { steps } from './conv-forward.ts';
import { windowArgs } from './conv-geometry.ts';
import { type Gradient, gradientOf } from './conv-input-gradient.ts';
import { type Phase, phasesOf } from './conv-phases.ts';
import { copyCost, depthwiseCost, depthwiseWeightCost } from './cost.ts';
import { depthwiseScratch } from './depthwise.ts';
import { unbounded } from './epilogue.ts';
import { type Call, isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';

/** Every filter sees one channel. */
function depthwiseOf(
  request: Request,
  dy: Operand | undefined,
  x: Operand | undefined,
  w: Operand | undefined,
): Gradient | string {
  const gradient = gradientOf(request, dy, x, w);
  if (typeof gradient === 'string') return gradient;
  const { group, channels } = gradient.g;
  if (!isPlain(gradient.w)) return 'wants a dense filter';
  return group === channels ? gradient : `wants as many groups as channels, got ${group} and ${channels}`;
}

/** Scratch: [offsets of the taps][one plane of the image in phases], as assembly/conv/depthwise-gradient.ts draws it. */
function matchWeight(request: Request): Match | string {
  const [dy, x, filter] = request.inputs;
  const gradient = depthwiseOf(request, dy, x, filter);
  if (typeof gradient === 'string') return gradient;
  if (!isPlain(x)) return 'wants a dense float32 image';
  const { g } = gradient;
  const [kh, kw] = g.kernel;
  const step = steps(g);
  const filters = g.filters / g.channels;
  const rows = (g.outHeight - 1) * g.strides[0] + (kh - 1) * g.dilations[0] + 1;
  const pitch = g.outWidth + Math.floor(((kw - 1) * g.dilations[1]) / g.strides[1]);
  const sizes = windowArgs(g, g.channels).slice(1);
  const empty = g.images === 0 || g.t === 0;
  return {
    reads: [0, 1].map((input) => ({ input, layout: 'rows' })),
    writes: ['rows'],
    microseconds: g.images * depthwiseWeightCost(g.filters, kh * kw, g.outHeight, g.outWidth),
    scratchBytes: Math.ceil((kh * kw) / 4) * 16 + 16 + (empty ? 0 : g.strides[1] * rows * pitch * 4),
    calls: ({ reads: [dyAt, xAt], writes: [dw], scratch }): Call[] => {
      if (empty) return [{ kernel: 'f32_fill', args: [g.filters * kh * kw, 0, dw] }];
      return Array.from({ length: g.images }, (_, image) => ({
        kernel: 'f32_depthwise_weight_grad',
        args: [
          ...[g.channels, filters, ...sizes, xAt + image * step.image, dyAt + image * step.output],
          ...[Number(image > 0), dw, scratch],
        ],
      }));
    },
  };
}

/** For each channel the taps of all phases, one phase after another, by their place in the filter. */
function tapsOf(phases: readonly Phase[], channels: number, [kh, kw]: readonly [number, number]): Int32Array {
  const each = phases.map(([y, x]) => y.taps.flatMap((ky) => x.taps.map((kx) => ky * kw + kx)));
  return Int32Array.from(
    each.flatMap((taps) => Array.from({ length: channels }, (_, c) => taps.map((tap) => c * kh * kw + tap)).flat()),
  );
}

/**
 * dx phase by phase: dY convolved with the taps of the phase in reverse order. One phase is dx itself; several come together
 * row of phases by row of phases. Scratch: [taps of all phases][phases of a row][what f32_depthwise takes].
 */
function matchInput(request: Request): Match | string {
  const [dy, filter, x] = request.inputs;
  const gradient = depthwiseOf(request, dy, x, filter);
  if (typeof gradient === 'string') return gradient;
  const { g } = gradient;
  const { channels, outHeight, outWidth, width } = g;
  if (g.filters !== channels) return `wants one filter per channel, got ${g.filters} filters, ${channels} channels`;
  const phases = phasesOf(g);
  const table = tapsOf(phases, channels, g.kernel);
  const step = steps(g);
  const [sy, sx] = g.strides;
  const columns = Math.min(sx, width);
  // All phases are as wide as the first: a column too many is left behind.
  const breadth = Math.ceil(width / sx);
  const phaseBytes = channels * Math.ceil(g.height / sy) * breadth * 4;
  const alone = sy === 1 && sx === 1;
  const tapBytes = Math.ceil(table.byteLength / 16) * 16;
  const mergedBytes = alone ? 0 : columns * phaseBytes;
  const window = ([vertical, horizontal]: Phase) => ({
    kernel: [vertical.taps.length, horizontal.taps.length] as const,
    strides: [1, 1] as const,
    dilations: [vertical.dilation, horizontal.dilation] as const,
    outHeight: vertical.count,
    outWidth: breadth,
  });
  const pixels = g.images * channels * g.height * width;
  const reached = phases.filter((phase) => phase.every(({ taps }) => taps.length > 0));
  return {
    reads: [0, 1].map((input) => ({ input, layout: 'rows' })),
    writes: ['rows'],
    microseconds:
      copyCost(table.length) +
      depthwiseCost(pixels, (g.kernel[0] * g.kernel[1]) / (sy * sx)) +
      (alone ? 0 : copyCost(2 * pixels)),
    scratchBytes: tapBytes + mergedBytes + Math.max(0, ...reached.map((phase) => depthwiseScratch(window(phase)))),
    table,
    calls: ({ reads: [dyAt, weights], writes: [dx], scratch, table: taps }) => {
      const [merged, working] = [scratch + tapBytes, scratch + tapBytes + mergedBytes];
      const list: Call[] = [{ kernel: 'f32_gather_1', args: [table.length, taps, weights, scratch] }];
      for (let image = 0; image < g.images; image++) {
        const to = dx + image * step.image;
        let own = scratch;
        for (const [i, phase] of phases.entries()) {
          const [vertical, horizontal] = phase;
          const { kernel, dilations, outHeight: rows } = window(phase);
          const out = alone ? to : merged + (i % columns) * phaseBytes;
          if (kernel[0] * kernel[1] === 0) list.push({ kernel: 'f32_fill', args: [channels * rows * breadth, 0, out] });
          else
            list.push({
              kernel: 'f32_depthwise',
              args: [
                ...[channels, 1, outHeight, outWidth, ...kernel, 1, 1, vertical.pad, horizontal.pad, ...dilations],
                ...[rows, breadth, dyAt + image * step.output, own, 0, unbounded.lo, unbounded.hi, out, working],
              ],
            });
          own += channels * kernel[0] * kernel[1] * 4;
          if (!alone && i % columns === columns - 1)
            list.push({
              kernel: 'f32_merge_phases',
              args: [
                ...[channels, rows, width, columns, merged, breadth, rows * breadth * 4, phaseBytes],
                ...[to + vertical.first * width * 4, sy * width * 4, g.height * width * 4],
              ],
            });
        }
      }
      return list;
    },
  };
}

export const depthwiseGradientKernels: readonly Kernel[] = [
  {
    name: 'f32_depthwise_weight_grad',
    exports: ['f32_depthwise_weight_grad', 'f32_fill'],
    op: 'conv2dWeightGrad',
    match: matchWeight,
  },
  {
    name: 'f32_depthwise',
    exports: ['f32_depthwise', 'f32_gather_1', 'f32_fill', 'f32_merge_phases'],
    op: 'conv2dInputGrad',
    match: matchInput,
  },
];
