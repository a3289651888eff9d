/** Weights by feature, in any encoding. */
import type { Constant } from '../formats/constant.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import { valuesOf, withValues } from '../formats/table.ts';

/** Visits runs of stored values, [first, end), with their feature. `axis` counts from the back. */
function eachRun(weight: Constant, axis: number, visit: (first: number, end: number, feature: number) => void): void {
  const { shape } = weight;
  const stride = shape.slice(shape.length + axis + 1).reduce((product, extent) => product * extent, 1);
  const features = shape.at(axis) ?? 1;
  if (weight.encoding === 'dense') {
    for (let first = 0; first < weight.data.length; first += stride)
      visit(first, first + stride, (first / stride) % features);
    return;
  }
  storedPositions(weight).forEach((position, i) => {
    if (position !== STICK_OUT) visit(i, i + 1, Math.floor(position / stride) % features);
  });
}

/** Multiplies every stored value by the factor of its output feature. What sticks out of a block becomes 0. */
export function scaleFeatures(weight: Constant, axis: number, factors: ArrayLike<number>): Constant {
  const values = valuesOf(weight) as Float32Array;
  const scaled = new Float32Array(values.length);
  eachRun(weight, axis, (first, end, feature) => {
    const factor = factors[feature];
    for (let i = first; i < end; i++) scaled[i] = values[i] * factor;
  });
  return withValues(weight, scaled);
}

/** The sum of the weights of each output feature. */
export function featureSums(weight: Constant, axis: number, features: number): Float64Array {
  const values = valuesOf(weight) as Float32Array;
  const sums = new Float64Array(features);
  eachRun(weight, axis, (first, end, feature) => {
    for (let i = first; i < end; i++) sums[feature] += values[i];
  });
  return sums;
}

/** For every feature along an axis, counted from the back, whether all its weights are 0. */
export function emptyFeatures(weight: Constant, axis: number): boolean[] {
  const values = valuesOf(weight) as Float32Array;
  const empty = new Array<boolean>(weight.shape.at(axis) ?? 1).fill(true);
  eachRun(weight, axis, (first, end, feature) => {
    for (let i = first; empty[feature] && i < end; i++) empty[feature] = values[i] === 0;
  });
  return empty;
}
