/** Views of operands that shape rules and references share; the checks that complain are in checks.ts. */
import { type Shape, sizeOf } from '../core/shape.ts';
import { axesOf } from './checks.ts';
import { type NdArray, numbers, type OpCall, reject, type TensorType, typeAt } from './op.ts';

/** The type of a required input, which must hold numbers: anything but bool. */
export function numericAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  return type.dtype === 'bool' ? reject(call.node, `numbers as input ${input}`, 'bool') : type;
}

/** The attribute `axes` as ascending axes in 0..rank-1; none given means all. */
export function reducedAxes(call: OpCall, rank: number): number[] {
  const given = numbers(call.attributes, 'axes');
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return given.length === 0 ? all : axesOf(call, given, rank).sort((a, b) => a - b);
}

/** A tensor seen as [outer][extent][inner] around one axis. */
export function around(
  shape: Shape,
  axis: number,
): { readonly outer: number; readonly extent: number; readonly inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

/** The numbers of required inputs, for references: `infer` has seen that they are there. */
export function dataOf(inputs: readonly (NdArray | undefined)[]): Float64Array[] {
  return inputs.map((input) => {
    if (!input) throw new Error('infer checks that required inputs are there');
    return input.data;
  });
}
