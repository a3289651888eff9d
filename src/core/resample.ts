/**
 * One axis of a resampling: which inputs each output is made of, and with what weights. Coordinates are rounded to float32
 * after each operation, as onnxruntime does, for it decides ties of nearest neighbours.
 */

export type Coordinates =
  | 'halfPixel'
  | 'halfPixelSymmetric'
  | 'pytorchHalfPixel'
  | 'alignCorners'
  | 'asymmetric'
  | 'tfHalfPixelForNn'
  | 'tfCropAndResize';

export type NearestMode = 'roundPreferFloor' | 'roundPreferCeil' | 'floor' | 'ceil' | 'simple';

export interface Resampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: Coordinates;
  readonly nearestMode: NearestMode;
  readonly cubicCoeffA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** An axis of `from` extents that becomes one of `to`; `start` and `end` crop for tfCropAndResize, as parts of 1. */
export interface ResampledAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly start: number;
  readonly end: number;
}

/** `count` taps per output: positions in the input, within bounds, and weights that add up to 1. */
export interface Taps {
  readonly count: number;
  readonly positions: Int32Array;
  readonly weights: Float64Array;
  /** 1 for the outputs that lie outside of the input, whose taps have no meaning. */
  readonly outside?: Uint8Array;
}

const f = Math.fround;

/** Whether outputs are the inputs themselves. */
export function isIdentity({ from, to, scale }: ResampledAxis, coordinates: Coordinates): boolean {
  return from === to && f(scale) === 1 && coordinates !== 'tfCropAndResize';
}

/** Where output i lies among the inputs. */
function coordinate(axis: ResampledAxis, coordinates: Coordinates, i: number): number {
  const { from, to, start, end } = axis;
  const scale = f(axis.scale);
  const half = () => f(f(f(i + 0.5) / scale) - 0.5);
  switch (coordinates) {
    case 'halfPixel':
      return half();
    case 'pytorchHalfPixel':
      return to > 1 ? half() : 0;
    case 'halfPixelSymmetric': {
      const adjustment = f(to / f(scale * from));
      return f(f((from / 2) * f(1 - adjustment)) + half());
    }
    case 'alignCorners':
      return to === 1 ? 0 : f(f(i * (from - 1)) / (to - 1));
    case 'asymmetric':
      return f(i / scale);
    case 'tfHalfPixelForNn':
      return f(f(i + 0.5) / scale);
    case 'tfCropAndResize': {
      const [first, last] = [f(start), f(end)];
      if (to === 1) return f(f(0.5 * f(first + last)) * (from - 1));
      return f(f(first * (from - 1)) + f(f(f(i * f(last - first)) * (from - 1)) / (to - 1)));
    }
  }
}

/** Every output of the axis with its taps. */
export function tapsOf(axis: ResampledAxis, resampling: Resampling): Taps {
  const { from, to } = axis;
  const { mode, coordinates, excludeOutside } = resampling;
  const scale = f(axis.scale);
  const radius = mode === 'nearest' ? 0 : mode === 'linear' ? 1 : 2;
  // Antialiasing stretches the filter over all inputs that shrink to one output.
  const stretch = resampling.antialias && scale < 1 ? scale : 1;
  const reach = radius / stretch;
  const count = radius === 0 ? 1 : Math.ceil(2 * reach) + (stretch === 1 ? 0 : 1);
  const positions = new Int32Array(to * count);
  const weights = new Float64Array(to * count);
  const outside = coordinates === 'tfCropAndResize' ? new Uint8Array(to) : undefined;
  const clamp = (position: number) => Math.min(Math.max(position, 0), from - 1);
  for (let i = 0; i < to; i++) {
    const x = isIdentity(axis, coordinates) ? i : coordinate(axis, coordinates, i);
    if (outside && !(x >= 0 && x <= from - 1)) outside[i] = 1;
    if (mode === 'nearest') {
      positions[i] = clamp(nearest(x, resampling.nearestMode, scale));
      weights[i] = 1;
      continue;
    }
    // Linear coordinates beyond the edges are those of the edges.
    const center = mode === 'linear' && stretch === 1 ? clamp(x) : x;
    const first = stretch === 1 ? Math.floor(center) - radius + 1 : Math.ceil(center - reach);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const position = first + k;
      const distance = Math.abs(f(position - center)) * stretch;
      let weight = mode === 'linear' ? Math.max(0, 1 - distance) : cubic(distance, resampling.cubicCoeffA);
      if (excludeOutside && (position < 0 || position >= from)) weight = 0;
      positions[i * count + k] = clamp(position);
      weights[i * count + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[i * count + k] /= sum;
  }
  return { count, positions, weights, ...(outside && { outside }) };
}

/** The convolution kernel of Keys. */
function cubic(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

function nearest(x: number, mode: NearestMode, scale: number): number {
  switch (mode) {
    case 'roundPreferFloor':
      return Math.ceil(x - 0.5);
    case 'roundPreferCeil':
      return Math.floor(x + 0.5);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    // Before opset 11: shrinking looks up, growing looks down.
    case 'simple':
      return scale < 1 ? Math.ceil(x) : Math.trunc(x);
  }
}
