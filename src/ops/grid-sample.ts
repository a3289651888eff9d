import { format, sizeOf, stridesOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { type AttributeRule, boolean, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { dataOf, numericAt } from './operands.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  mode: { type: 'string', default: 'linear', oneOf: ['linear', 'nearest', 'cubic'] },
  padding: { type: 'string', default: 'zeros', oneOf: ['zeros', 'border', 'reflection'] },
  alignCorners: { type: 'boolean', default: false },
};

/** How one axis of an image is read. */
interface Axis {
  readonly extent: number;
  readonly stride: number;
  /** Where -1 and 1 lie, in pixels. */
  readonly low: number;
  readonly high: number;
}

/** Mirrors x at both ends until it is between them. */
function reflected(x: number, { low, high }: Axis): number {
  if (high === low) return low;
  const distance = x < low ? low - x : x - high;
  if (distance <= 0) return x;
  const turns = Math.trunc(distance / (high - low));
  const rest = distance - turns * (high - low);
  return (turns % 2 === 0) === x < low ? low + rest : high - rest;
}

function roundToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** The weights of the four pixels around, the second of which is `distance` away (Keys, a = -0.75). */
function cubicWeights(distance: number): number[] {
  const a = -0.75;
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(distance + 1), near(distance), near(1 - distance), far(2 - distance)];
}

interface Pixel {
  readonly offset: number;
  readonly weight: number;
}

/** Every choice of a pixel per axis: its place in the plane, and the product of the weights. */
function cornersOf(axes: readonly (readonly Pixel[])[]): readonly Pixel[] {
  return axes.reduce((corners, pixels) =>
    corners.flatMap((a) => pixels.map((b) => ({ offset: a.offset + b.offset, weight: a.weight * b.weight }))),
  );
}

/** The pixels along one axis that a coordinate in [-1, 1] is made of; those that are zeros are left out. */
function pixelsAt(axis: Axis, mode: string, padding: string, given: number) {
  let x = ((given + 1) / 2) * (axis.high - axis.low) + axis.low;
  if (mode === 'nearest') x = roundToEven(x);
  // Cubic neighbours are brought inside one by one below.
  if ((x < axis.low || x > axis.high) && mode !== 'cubic') {
    if (padding === 'border') x = Math.min(Math.max(x, 0), axis.extent - 1);
    if (padding === 'reflection') x = reflected(x, axis);
  }
  // After a reflection the nearest pixel may have to be found anew.
  if (mode === 'nearest') x = roundToEven(x);
  const floor = Math.floor(x);
  const [first, weights] =
    mode === 'nearest'
      ? [floor, [1]]
      : mode === 'linear'
        ? [floor, [1 - (x - floor), x - floor]]
        : [floor - 1, cubicWeights(x - floor)];
  return weights.flatMap((weight, k): Pixel[] => {
    let position = first + k;
    const inside = position >= 0 && position < axis.extent;
    if (!inside && padding === 'border') position = Math.min(Math.max(position, 0), axis.extent - 1);
    if (!inside && padding === 'reflection') position = Math.trunc(reflected(position, axis));
    return position >= 0 && position < axis.extent ? [{ offset: position * axis.stride, weight }] : [];
  });
}

function axesOf(call: OpCall): Axis[] {
  const { shape } = typeAt(call, 0);
  const aligned = boolean(call.attributes, 'alignCorners');
  const strides = stridesOf(shape);
  return shape.slice(2).map((extent, i) => {
    const [low, high] = aligned ? [0, extent - 1] : [-0.5, extent - 0.5];
    return { extent, stride: strides[i + 2], low, high };
  });
}

/**
 * Pixels of x [N, C, D1, ...] at the places that grid [N, E1, ..., axes] names, in [-1, 1] along each axis, the last axis of x
 * first: y [N, C, E1, ...].
 */
export const gridSample: Op = {
  name: 'gridSample',
  inputs: ['x', 'grid'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const { dtype, shape } = numericAt(call, 0);
    const grid = floatAt(call, 1).shape;
    const axes = shape.length - 2;
    if (axes < 1 || grid.length !== shape.length || grid.at(-1) !== axes || grid[0] !== shape[0])
      reject(call.node, 'x [N, C, D1, ...] and a grid [N, E1, ..., axes]', `${format(shape)} and ${format(grid)}`);
    return [{ dtype, shape: [shape[0], shape[1], ...grid.slice(1, -1)] }];
  },
  reference(call, inputs, [output]) {
    const [x, grid] = dataOf(inputs);
    const [mode, padding] = [string(call.attributes, 'mode'), string(call.attributes, 'padding')];
    const axes = axesOf(call);
    const [, channels, ...extents] = output.shape;
    const image = sizeOf(typeAt(call, 0).shape.slice(2));
    const places = sizeOf(extents);
    const y = new Float64Array(sizeOf(output.shape));
    for (let n = 0; n < output.shape[0]; n++)
      for (let place = 0; place < places; place++) {
        const at = (n * places + place) * axes.length;
        const pixels = axes.map((axis, i) => pixelsAt(axis, mode, padding, grid[at + axes.length - 1 - i]));
        const corners = cornersOf(pixels);
        for (let c = 0; c < channels; c++) {
          const plane = (n * channels + c) * image;
          let sum = 0;
          for (const { offset, weight } of corners) sum += weight * x[plane + offset];
          y[(n * channels + c) * places + place] = sum;
        }
      }
    return [y];
  },
};
