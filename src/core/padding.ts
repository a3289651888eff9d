/** Padding that is told by a rule instead of numbers; ops and kernels read it alike. */
import type { Attributes } from './attributes.ts';

/** One axis of a window: how far it moves, and how far apart its taps are. */
export interface Taps {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

/** Both ends of a padding; an odd number gives one more to the end, or to the begin where `upper` is false. */
export function shared(total: number, upper: boolean): readonly [begin: number, end: number] {
  const less = Math.floor(total / 2);
  return upper ? [less, total - less] : [total - less, less];
}

/** The padding that makes ceil(extent / stride) windows fit. */
export function samePadding(extent: number, { kernel, stride, dilation }: Taps): number {
  return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + (kernel - 1) * dilation + 1 - extent);
}

/** The list attribute, or one number per axis where it is absent or empty. */
function perAxis(attributes: Attributes, name: string, count: number, fallback: number): readonly number[] {
  const given = attributes[name];
  return Array.isArray(given) && given.length > 0 ? given : new Array<number>(count).fill(fallback);
}

/** All begins, then all ends: the attribute `pads`, or what `autoPad` makes of the extents. */
export function padsOf(
  attributes: Attributes,
  extents: readonly number[],
  kernel: readonly number[],
): readonly number[] {
  const { autoPad = 'none' } = attributes;
  const axes = extents.length;
  if (autoPad === 'none') return perAxis(attributes, 'pads', 2 * axes, 0);
  const strides = perAxis(attributes, 'strides', axes, 1);
  const dilations = perAxis(attributes, 'dilations', axes, 1);
  const pairs = extents.map((extent, axis) => {
    const taps = { kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis] };
    return shared(samePadding(extent, taps), autoPad === 'sameUpper');
  });
  return [...pairs.map(([begin]) => begin), ...pairs.map(([, end]) => end)];
}
