/** The geometry of a window that slides over the last two axes: shared by convolution and pooling. */
import { MAX_ELEMENTS } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { type AttributeRule, type OpCall, reject } from './op.ts';

/**
 * One axis. Output o looks at input positions o * stride - begin + tap * dilation, tap = 0..kernel-1; positions
 * outside [0, extent) are padding.
 *
 *     |<- begin ->|<------- extent ------->|<- end ->|
 *     [ window o=0 ]
 *          [ window o=1 ]   <- stride
 */
export interface Slide {
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  /** Output extent. */
  readonly out: number;
}

export const windowAttributes: Readonly<Record<string, AttributeRule>> = {
  strides: { type: 'numbers', default: [1, 1] },
  pads: { type: 'numbers', default: [0, 0, 0, 0] },
};

const axisNames = ['height', 'width'] as const;

/** Input positions that a window spans, from its first tap to its last. */
export function spanOf({ kernel, dilation }: Pick<Slide, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1;
}

/**
 * The slides over height and width of a node with `strides`, `pads` [top, left, bottom, right] and, unless the op has
 * none, `dilations`. With `ceil`, a last window that sticks out at the end counts if it starts before the end padding.
 * Complains about a window that is larger than the padded input.
 */
export function slidesOf(
  call: OpCall,
  extents: readonly number[],
  kernel: readonly number[],
  ceil = false,
): [y: Slide, x: Slide] {
  const strides = wholeNumbers(call, 'strides', { count: 2, least: 1, most: MAX_ELEMENTS });
  const pads = wholeNumbers(call, 'pads', { count: 4, least: 0, most: MAX_ELEMENTS });
  const dilations =
    call.attributes.dilations === undefined
      ? [1, 1]
      : wholeNumbers(call, 'dilations', { count: 2, least: 1, most: MAX_ELEMENTS });
  const slide = (axis: 0 | 1): Slide => {
    const [extent, stride, begin, end] = [extents[axis], strides[axis], pads[axis], pads[axis + 2]];
    const shape = { kernel: kernel[axis], dilation: dilations[axis] };
    const padded = begin + extent + end;
    const span = spanOf(shape);
    if (shape.kernel < 1 || span > padded)
      reject(call.node, `a window that fits the padded ${axisNames[axis]} ${padded}`, `one that spans ${span}`);
    let out = Math.floor((padded - span) / stride) + 1;
    if (ceil && (padded - span) % stride !== 0 && out * stride < begin + extent) out++;
    if (out > MAX_ELEMENTS) reject(call.node, `an output ${axisNames[axis]} <= ${MAX_ELEMENTS}`, String(out));
    return { ...shape, extent, stride, begin, end, out };
  };
  return [slide(0), slide(1)];
}

/** Complains unless every window holds at least one real input position: what is the maximum of nothing? */
export function wantFilled(call: OpCall, slides: readonly Slide[]): void {
  slides.forEach((slide, axis) => {
    const { extent, kernel, stride, dilation, begin, out } = slide;
    const filled = (o: number) => {
      const start = o * stride - begin;
      const tap = Math.max(0, Math.ceil(-start / dilation));
      return tap < kernel && start + tap * dilation < extent;
    };
    // Only windows that reach into the padding can be empty; those lie at both ends.
    let bad = -1;
    if (begin >= spanOf(slide)) bad = 0;
    for (let o = 0; bad < 0 && o < out && o * stride < begin; o++) if (!filled(o)) bad = o;
    for (let o = out - 1; bad < 0 && o >= 0 && o * stride - begin + spanOf(slide) > extent; o--)
      if (!filled(o)) bad = o;
    if (bad >= 0)
      reject(call.node, 'windows that touch the input', `window ${bad} along ${axisNames[axis]} in padding alone`);
  });
}
