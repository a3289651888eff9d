/**
 * What products of 8-bit numbers share. They are exact in 32 bits, and may be brought to 8 bits again:
 *
 *     sum = (a - aZero) · (b - bZero)                           matmulInteger, convInteger
 *     round(sum · (aScale · bScale / yScale)) + yZero           qlinearMatmul, qlinearConv
 */
import { broadcast, broadcastStrides, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { project } from './elementwise.ts';
import { saturate } from './limits.ts';
import { type NdArray, type OpCall, reject, shapesOf, type TensorType, typeAt } from './op.ts';
import { toEven } from './rounding.ts';

/** The type of a required input that holds 8-bit numbers. */
export function byteAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  if (type.dtype !== 'uint8' && type.dtype !== 'int8') reject(call.node, `uint8 or int8 as input ${input}`, type.dtype);
  return type;
}

/**
 * Where in a parameter the number for each element of `shape` is: one for all, one for each index along `axis`, or any
 * shape that broadcasts. undefined where it fits in none of these ways.
 */
export function lookup(parameter: Shape, shape: Shape, axis: number): ((flat: number) => number) | undefined {
  if (sizeOf(parameter) === 1) return () => 0;
  if (parameter.length === 1 && parameter[0] !== shape[axis]) return undefined;
  const seen = parameter.length === 1 ? shape.map((_, i) => (i === axis ? parameter[0] : 1)) : parameter;
  if (broadcast(seen, shape)?.join() !== shape.join()) return undefined;
  const [own, strides] = [stridesOf(shape), broadcastStrides(seen, shape)];
  return (flat) => project(flat, own, strides);
}

/** The numbers of an operand without their zero point, of which there may be one per index along `axis`. */
export function centred(x: NdArray, zero: NdArray | undefined, axis: number): Float64Array {
  if (!zero) return x.data;
  const at = lookup(zero.shape, x.shape, axis);
  if (!at) throw new Error('infer checks parameters');
  return x.data.map((value, i) => value - zero.data[at(i)]);
}

/** A zero point or scale must fit the operand, a zero point have its type, too. */
export function checkParameter(call: OpCall, input: number, shape: Shape, axis: number, dtype: string): void {
  const type = call.types[input];
  if (!type) return;
  if (type.dtype !== dtype) reject(call.node, `input ${input} of ${dtype}`, type.dtype);
  if (!lookup(type.shape, shape, axis)) reject(call.node, `input ${input} for all or one axis`, shapesOf(call));
}

/** An exact sum in the units of the result: the steps are those of float32. */
export function rescaled(
  sum: number,
  aScale: number,
  bScale: number,
  yScale: number,
  yZero: number,
  to: TensorType,
): number {
  const factor = Math.fround(Math.fround(aScale * bScale) / yScale);
  return saturate(to.dtype, toEven(Math.fround(Math.fround(sum) * factor)) + yZero);
}
