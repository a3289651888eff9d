/**
 * The gradient of a convolution by its image, as convolutions with stride 1. A pixel of the image is reached by those taps only
 * that fit its place modulo the stride: so its pixels fall into phases, and each is dY convolved with the taps of the phase in
 * reverse order. Stride 1 has one phase.
 *
 *     stride 2, 5 taps:    phase 0   taps 4 2 0          phase 1   taps 3 1
 *     pixels               0 2 4 ..                      1 3 5 ..
 */
import type { Geometry } from './conv-geometry.ts';

/** One axis of a phase. */
export interface AxisPhase {
  /** Its first pixel; the others follow at the stride's distance. */
  readonly first: number;
  readonly count: number;
  /** Descending; none where no tap reaches these pixels. */
  readonly taps: readonly number[];
  /** Of the convolution of dY with these taps; what a negative padding cuts off is not read. */
  readonly pad: number;
  readonly dilation: number;
}

export type Phase = readonly [y: AxisPhase, x: AxisPhase];

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

function axisPhases(extent: number, taps: number, stride: number, pad: number, dilation: number): AxisPhase[] {
  const step = stride / divisor(stride, dilation);
  const apart = (step * dilation) / stride;
  return Array.from({ length: Math.min(stride, extent) }, (_, first) => {
    const own = Array.from({ length: taps }, (_, i) => taps - 1 - i).filter(
      (tap) => (first + pad - tap * dilation) % stride === 0,
    );
    const nearest = (first + pad - (own.at(-1) ?? 0) * dilation) / stride;
    return {
      ...{ first, taps: own, dilation: apart },
      count: Math.ceil((extent - first) / stride),
      pad: own.length === 0 ? 0 : (own.length - 1) * apart - nearest,
    };
  });
}

/** Along both axes. */
export function axesOf({ height, width, kernel, strides, pads, dilations }: Geometry) {
  const [ys, xs] = [height, width].map((extent, axis) =>
    axisPhases(extent, kernel[axis], strides[axis], pads[axis], dilations[axis]),
  );
  return [ys, xs] as const;
}

/** Row by row of phases. */
export function phasesOf(g: Geometry): Phase[] {
  const [ys, xs] = axesOf(g);
  return ys.flatMap((y) => xs.map((x) => [y, x] as const));
}
