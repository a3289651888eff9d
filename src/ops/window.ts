/** The geometry of a window that slides over the axes behind [N, C]: shared by convolution and pooling. */
import { padsOf } from '../core/padding.ts';
import { MAX_ELEMENTS } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { type AttributeRule, numbers, type OpCall, reject } from './op.ts';

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

/** Padding such that the output is ceil(extent / stride), in place of `pads`: an odd one has more at the end, or at the begin. */
export const autoPadRule: AttributeRule = {
  type: 'string',
  default: 'none',
  oneOf: ['none', 'sameUpper', 'sameLower'],
};

export const windowAttributes: Readonly<Record<string, AttributeRule>> = {
  strides: { type: 'numbers', default: [1, 1] },
  pads: { type: 'numbers', default: [0, 0, 0, 0] },
  autoPad: autoPadRule,
};

/** The same over any number of axes: an empty list is ones (strides, dilations) or zeros (pads). */
export const openWindowAttributes: Readonly<Record<string, AttributeRule>> = {
  strides: { type: 'numbers', default: [] },
  pads: { type: 'numbers', default: [] },
  dilations: { type: 'numbers', default: [] },
  autoPad: autoPadRule,
};

/** What complaints call axis `axis` of `count`. */
export function axisName(axis: number, count: number): string {
  return ['depth', 'height', 'width'][axis + 3 - count] ?? `axis ${axis + 2}`;
}

/** Input positions that a window spans, from its first tap to its last. */
export function spanOf({ kernel, dilation }: Pick<Slide, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1;
}

/** A list attribute with `count` numbers, or all of them `fallback` where it is empty or the op has no such attribute. */
export function perAxis(call: OpCall, name: string, count: number, least: number, fallback: number): readonly number[] {
  if (call.attributes[name] === undefined || numbers(call.attributes, name).length === 0)
    return new Array<number>(count).fill(fallback);
  return wholeNumbers(call, name, { count, least, most: MAX_ELEMENTS });
}

/**
 * The slides over the axes of a node with `strides`, `pads` (all begins, then all ends) or `autoPad` and, unless the op has
 * none, `dilations`. With `ceil`, a last window that sticks out at the end counts if it starts before the end padding.
 * Complains about a window that is larger than the padded input.
 */
export function slidesOf(
  call: OpCall,
  extents: readonly number[],
  kernel: readonly number[],
  ceil = false,
): readonly Slide[] {
  const axes = extents.length;
  const strides = perAxis(call, 'strides', axes, 1, 1);
  const dilations = perAxis(call, 'dilations', axes, 1, 1);
  perAxis(call, 'pads', 2 * axes, 0, 0);
  const pads = padsOf(call.attributes, extents, kernel);
  return extents.map((extent, axis): Slide => {
    const [stride, begin, end] = [strides[axis], pads[axis], pads[axis + axes]];
    const shape = { kernel: kernel[axis], dilation: dilations[axis] };
    const padded = begin + extent + end;
    const span = spanOf(shape);
    const name = axisName(axis, axes);
    let out = Math.floor((padded - span) / stride) + 1;
    if (ceil && (padded - span) % stride !== 0 && out * stride < begin + extent) out++;
    // With `ceil` a single window may stick out of all there is, by less than a stride.
    if (shape.kernel < 1 || out < 1 || (span > padded && !ceil))
      reject(call.node, `a window that fits the padded ${name} ${padded}`, `one that spans ${span}`);
    if (out > MAX_ELEMENTS) reject(call.node, `an output ${name} <= ${MAX_ELEMENTS}`, String(out));
    return { ...shape, extent, stride, begin, end, out };
  });
}

/** The taps [first, end) of window o that lie in positions [0, limit); `limit` is the extent unless padding counts. */
export function tapsWithin(slide: Slide, o: number, limit = slide.extent): readonly [first: number, end: number] {
  const { kernel, stride, dilation, begin } = slide;
  const start = o * stride - begin;
  const first = Math.max(0, Math.ceil(-start / dilation));
  return [first, Math.max(first, Math.min(kernel, Math.ceil((limit - start) / dilation)))];
}

/** Complains unless every window holds at least one real input position: what is the maximum of nothing? */
export function wantFilled(call: OpCall, slides: readonly Slide[]): void {
  slides.forEach((slide, axis) => {
    const { extent, stride, dilation, begin, out } = slide;
    const filled = (o: number) => {
      const [first, end] = tapsWithin(slide, o);
      return first < end;
    };
    // Only windows that reach into the padding can be empty; those lie at both ends.
    let bad = [0, out - 1].find((o) => o >= 0 && !filled(o)) ?? -1;
    // Between them too, where taps step over the whole input.
    if (dilation > extent) {
      for (let o = 0; bad < 0 && o < out && o * stride < begin; o++) if (!filled(o)) bad = o;
      for (let o = out - 1; bad < 0 && o >= 0 && o * stride - begin + spanOf(slide) > extent; o--)
        if (!filled(o)) bad = o;
    }
    if (bad >= 0)
      reject(
        call.node,
        'windows that touch the input',
        `window ${bad} along ${axisName(axis, slides.length)} in padding alone`,
      );
  });
}

/**
 * Visits every pair of an output place and a real (not padding) input place in its window, with the tap that joins them:
 * flat places in the output, the input and the kernel of one plane. The taps of one output come in order.
 */
export function eachTap(slides: readonly Slide[], each: (out: number, image: number, tap: number) => void): void {
  const walk = (axis: number, outs: number, images: number, taps: number): void => {
    if (axis === slides.length) {
      each(outs, images, taps);
      return;
    }
    const slide = slides[axis];
    const { extent, kernel, stride, dilation, begin, out } = slide;
    for (let o = 0; o < out; o++) {
      const [first, end] = tapsWithin(slide, o);
      for (let tap = first; tap < end; tap++) {
        const i = o * stride - begin + tap * dilation;
        walk(axis + 1, outs * out + o, images * extent + i, taps * kernel + tap);
      }
    }
  };
  walk(0, 0, 0, 0);
}
