import { sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { type AttributeRule, boolean, type Op, type OpCall } from './op.ts';
import { poolAttributes, poolOf } from './pool.ts';
import { eachTap, type Slide, tapsWithin } from './window.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  ...poolAttributes,
  countIncludePad: { type: 'boolean', default: false },
};

/** Taps of window o that count. What sticks out beyond the end padding (ceilMode) never does. */
function counted(slide: Slide, o: number, includePad: boolean): number {
  if (!includePad) {
    const [first, end] = tapsWithin(slide, o);
    return end - first;
  }
  return tapsWithin({ ...slide, begin: 0 }, o, slide.extent + slide.begin + slide.end)[1];
}

/** By output place of a plane how many taps its mean is taken over. */
function countsOf(slides: readonly Slide[], includePad: boolean): Float64Array {
  return slides.reduce((counts, slide) => {
    const own = Array.from({ length: slide.out }, (_, o) => counted(slide, o, includePad));
    return Float64Array.from({ length: counts.length * slide.out }, (_, i) =>
      slide.out === 0 ? 0 : counts[Math.floor(i / slide.out)] * own[i % slide.out],
    );
  }, Float64Array.of(1));
}

/** Visits every pair of a window and an input element in it, with the element's share. */
function visit(call: OpCall, input: number, each: (out: number, image: number, share: number) => void): void {
  const { slides, planes, plane, pooled } = poolOf(call, input);
  const counts = countsOf(slides, boolean(call.attributes, 'countIncludePad'));
  for (let p = 0; p < planes; p++)
    eachTap(slides, (out, image) => each(p * pooled + out, p * plane + image, 1 / counts[out]));
}

/**
 * The mean of each window over the axes behind [N, C]. Padding counts as zeros with `countIncludePad`, else it does not
 * count; with `ceilMode` a last window may stick out at the end, and what sticks out does not count.
 */
export const avgPool: Op = {
  name: 'avgPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer: (call) => [{ dtype: floatAt(call, 0).dtype, shape: poolOf(call, 0).out }],
  reference(call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, 0, (out, image, share) => {
      y[out] += x.data[image] * share;
    });
    return [y];
  },
  gradient: ({ inputs, attributes: settings, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('avgPoolGrad', [dy, inputs[0]], settings)],
};

/** The gradient of avgPool: every element of a window gets its share of dy. x gives its shape only. */
export const avgPoolGrad: Op = {
  name: 'avgPoolGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    wantLike(call, 0, poolOf(call, 1).out, 1);
    const { dtype, shape } = floatAt(call, 1);
    return [{ dtype, shape }];
  },
  reference(call, [dy], [output]) {
    if (!dy) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    visit(call, 1, (out, image, share) => {
      dx[image] += dy.data[out] * share;
    });
    return [dx];
  },
  shapeOnly: [1],
};
