/** What the attributes of a resize mean for a shape; ops/resize.ts has checked them. */
import type { Attributes } from './attributes.ts';
import { isIdentity, type ResampledAxis, type Resampling, type Taps, tapsOf } from './resample.ts';
import type { Shape } from './shape.ts';

/** The axes that scales and sizes are for, as 0..rank-1. */
export function chosenAxes(attributes: Attributes, rank: number): number[] {
  const asked = attributes.axes as readonly number[];
  return asked.length > 0
    ? asked.map((axis) => (axis < 0 ? axis + rank : axis))
    : Array.from({ length: rank }, (_, i) => i);
}

/** How each axis of `shape` is resampled. */
export function resampledAxes(attributes: Attributes, shape: Shape): ResampledAxis[] {
  const axes = chosenAxes(attributes, shape.length);
  const [scales, sizes, roi] = [attributes.scales, attributes.sizes, attributes.roi] as (readonly number[])[];
  const cropped = attributes.coordinates === 'tfCropAndResize';
  const ratios = sizes.map((size, i) => size / shape[axes[i]]);
  const policy = attributes.keepAspectRatio;
  const common = policy === 'stretch' ? undefined : Math[policy === 'notLarger' ? 'min' : 'max'](...ratios);
  const result = shape.map((extent): ResampledAxis => ({ from: extent, to: extent, scale: 1, start: 0, end: 1 }));
  axes.forEach((axis, i) => {
    const from = shape[axis];
    const [start, end] = cropped ? [roi[i], roi[axes.length + i]] : [0, 1];
    if (sizes.length === 0) {
      const scale = Math.fround(scales[i]);
      result[axis] = { from, to: Math.floor(Math.fround(scale * from)), scale, start, end };
    } else if (common === undefined) result[axis] = { from, to: sizes[i], scale: ratios[i], start, end };
    else result[axis] = { from, to: Math.floor(common * from + 0.5), scale: common, start, end };
  });
  return result;
}

/** Per axis its taps; undefined for one that is left as it is. */
export function tapsByAxis(attributes: Attributes, shape: Shape): (Taps | undefined)[] {
  const resampling = { ...attributes, cubicCoeffA: Math.fround(attributes.cubicCoeffA as number) };
  return resampledAxes(attributes, shape).map((axis) =>
    isIdentity(axis, attributes.coordinates as Resampling['coordinates'])
      ? undefined
      : tapsOf(axis, resampling as unknown as Resampling),
  );
}
