/** Gradients of depthwise convolutions, channel by channel. */

import { steps } from './conv-forward.ts';
import { windowArgs } from './conv-geometry.ts';
import { type Gradient, gradientOf } from './conv-input-gradient.ts';
import { depthwiseWeightCost } from './cost.ts';
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

export const depthwiseGradientKernels: readonly Kernel[] = [
  {
    name: 'f32_depthwise_weight_grad',
    exports: ['f32_depthwise_weight_grad', 'f32_fill'],
    op: 'conv2dWeightGrad',
    match: matchWeight,
  },
];
