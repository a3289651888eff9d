/**
 * Whole numbers that stand for floats, ONNX's way:
 *
 *     x ≈ (q - zeroPoint) · scale
 *
 * with one scale for the whole tensor, one for each index along an axis, or (blocked) one for every `blockSize` indices
 * along the axis. What is float32 in ONNX is rounded to float32 here, too, for a half must be seen as one.
 */
import { type DType, dtypes, isInteger } from '../core/dtype.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { axisOf, floatAt } from './checks.ts';
import { saturate } from './limits.ts';
import {
  type AttributeRule,
  type NdArray,
  number,
  type Op,
  type OpCall,
  reject,
  shapesOf,
  string,
  typeAt,
} from './op.ts';
import { around, numericAt } from './operands.ts';
import { toEven } from './rounding.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  axis: { type: 'number', default: 1 },
  blockSize: { type: 'number', default: 0 },
};

/** Types that quantized numbers may have. */
const quantized: readonly DType[] = ['uint8', 'int8', 'uint16', 'int16'];

/** Per element the position of its scale. */
type Lookup = (flat: number) => number;

/** Checks the scale at input 1, and the zero point at input 2 if there is one, against x. */
function scales(call: OpCall): Lookup {
  const { shape } = typeAt(call, 0);
  const scale = floatAt(call, 1);
  const zero = call.types[2];
  const fits = (wanted: Shape) => sameShape(scale.shape, wanted);
  const blockSize = number(call.attributes, 'blockSize');
  const single = sizeOf(scale.shape) === 1 && scale.shape.length <= 1;
  if (zero && !sameShape(zero.shape, scale.shape) && !(single && sizeOf(zero.shape) === 1))
    reject(call.node, 'a zero point of the shape of the scale', shapesOf(call));
  if (blockSize === 0 && single) return () => 0;
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const { extent, inner } = around(shape, axis);
  if (blockSize === 0) {
    if (!fits([extent])) reject(call.node, `one scale, or ${extent} along axis ${axis}`, shapesOf(call));
    return (flat) => Math.floor(flat / inner) % extent;
  }
  if (!Number.isInteger(blockSize) || blockSize < 0) reject(call.node, 'a blockSize >= 0', String(blockSize));
  const blocks = Math.ceil(extent / blockSize);
  if (!fits(shape.with(axis, blocks)))
    reject(call.node, `scales [${shape.with(axis, blocks).join(', ')}] for blocks of ${blockSize}`, shapesOf(call));
  return (flat) => {
    const row = Math.floor(flat / inner);
    const block = Math.floor((row % extent) / blockSize);
    return (Math.floor(row / extent) * blocks + block) * inner + (flat % inner);
  };
}

/** round(x / scale) + zeroPoint, halves to the even number, cut to what the type holds. */
export function quantized32(x: number, scale: number, zeroPoint: number, to: DType): number {
  return saturate(to, toEven(Math.fround(Math.fround(x) / scale)) + zeroPoint);
}

/** From floats (or int32) to whole numbers of the zero point's type; without one `to`, or uint8. */
export const quantizeLinear: Op = {
  name: 'quantizeLinear',
  inputs: ['x', 'scale', 'zeroPoint?'],
  outputs: ['y'],
  attributes: { ...attributes, to: { type: 'string', default: '', oneOf: ['', ...dtypes] } },
  infer(call) {
    const { dtype, shape } = numericAt(call, 0);
    if (isInteger(dtype) && dtype !== 'int32') reject(call.node, 'floats or int32 as input 0', dtype);
    const asked = string(call.attributes, 'to') as DType | '';
    const to = call.types[2]?.dtype ?? (asked || 'uint8');
    if (asked && asked !== to) reject(call.node, `a zero point of ${asked}`, to);
    if (!quantized.includes(to)) reject(call.node, `a result among ${quantized.join(', ')}`, to);
    scales(call);
    return [{ dtype: to, shape }];
  },
  reference(call, [x, scale, zeroPoint], [{ dtype }]) {
    if (!x || !scale) throw new Error('inputs are checked by infer');
    const at = scales(call);
    return [x.data.map((value, i) => quantized32(value, scale.data[at(i)], zeroPoint?.data[at(i)] ?? 0, dtype))];
  },
};

/** From whole numbers to floats of the scale's type. */
export const dequantizeLinear: Op = {
  name: 'dequantizeLinear',
  inputs: ['x', 'scale', 'zeroPoint?'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    if (![...quantized, 'int32'].includes(dtype))
      reject(call.node, `input 0 among ${quantized.join(', ')}, int32`, dtype);
    const zero = call.types[2];
    if (zero && zero.dtype !== dtype) reject(call.node, `a zero point of ${dtype}`, zero.dtype);
    scales(call);
    return [{ dtype: floatAt(call, 1).dtype, shape }];
  },
  reference(call, [x, scale, zeroPoint]) {
    if (!x || !scale) throw new Error('inputs are checked by infer');
    const at = scales(call);
    return [x.data.map((value, i) => Math.fround(value - (zeroPoint?.data[at(i)] ?? 0)) * scale.data[at(i)])];
  },
};

/** Scale and zero point that bring all of x, and 0, into uint8. Of zeros alone the scale is 1, as onnxruntime has it. */
function fitted({ data }: NdArray): { readonly scale: number; readonly zeroPoint: number } {
  const [low, high] = data.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [0, 0]);
  const scale = low === high ? 1 : Math.fround(Math.fround(high - low) / 255);
  return { scale, zeroPoint: saturate('uint8', toEven(Math.fround((0 - low) / scale))) };
}

/** x as uint8 with the scale and zero point that fit its own numbers: y, scale and zero point. */
export const dynamicQuantizeLinear: Op = {
  name: 'dynamicQuantizeLinear',
  inputs: ['x'],
  outputs: ['y', 'scale?', 'zeroPoint?'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    return [
      { dtype: 'uint8', shape },
      { dtype, shape: [] },
      { dtype: 'uint8', shape: [] },
    ];
  },
  reference(_call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { scale, zeroPoint } = fitted(x);
    return [
      x.data.map((value) => quantized32(value, scale, zeroPoint, 'uint8')),
      Float64Array.of(scale),
      Float64Array.of(zeroPoint),
    ];
  },
};
