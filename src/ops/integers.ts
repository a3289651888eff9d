/** Whole numbers of a fixed width: what does not fit keeps its lowest bits, as in C. */
import { type DType, isInteger } from '../core/dtype.ts';
import { type OpCall, reject, type TensorType, typeAt } from './op.ts';

export interface Width {
  readonly bits: number;
  readonly signed: boolean;
}

const widths: Readonly<Partial<Record<DType, Width>>> = {
  int8: { bits: 8, signed: true },
  int16: { bits: 16, signed: true },
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint8: { bits: 8, signed: false },
  uint16: { bits: 16, signed: false },
  uint32: { bits: 32, signed: false },
  uint64: { bits: 64, signed: false },
};

/** Bits and sign of a whole-number type; undefined for floats and bool. */
export function widthOf(dtype: DType): Width | undefined {
  return widths[dtype];
}

/** The lowest bits of a whole number, as a number of this width. */
export function wrap(value: bigint, { bits, signed }: Width): number {
  return exact(signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
}

/** The same from a whole number in a double; at most 53 bits of it are needed. */
export function wrapDouble(value: number, width: Width): number {
  const { bits, signed } = width;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  if (value >= low && value < low + 2 ** bits && Number.isSafeInteger(value)) return value + 0;
  return wrap(BigInt(value), width);
}

/** Results are held as doubles, as all references hold them. */
function exact(value: bigint): number {
  const double = Number(value);
  if (!Number.isSafeInteger(double)) throw new RangeError(`${value} does not fit a double exactly`);
  return double;
}

/** A step on whole numbers without bounds; undefined where it has no result. */
export type WholeStep = (a: bigint, b: bigint) => bigint | undefined;

/**
 * The result of an integer op from what its formula gives in doubles: cut off towards zero and wrapped. Beyond 2^53, where
 * doubles have lost the lowest bits, `whole` computes them anew.
 */
export function wholeResult(
  call: OpCall,
  dtype: DType,
  value: number,
  operands: readonly [number, number],
  whole?: WholeStep,
): number {
  const cut = Math.trunc(value);
  const width = widthOf(dtype);
  if (Number.isSafeInteger(cut)) return width ? wrapDouble(cut, width) : cut + 0;
  const anew = operands.every(Number.isSafeInteger) ? whole?.(BigInt(operands[0]), BigInt(operands[1])) : undefined;
  if (anew === undefined || !width)
    return reject(call.node, `operands with a result in ${dtype}`, `${operands[0]} and ${operands[1]}`);
  return wrap(anew, width);
}

/** The type of a required input that must be bool. */
export function boolAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  return type.dtype === 'bool' ? type : reject(call.node, `bool as input ${input}`, type.dtype);
}

/** The type of a required input that must hold whole numbers; bool does not count as such. */
export function wholeAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  if (!isInteger(type.dtype) || type.dtype === 'bool') reject(call.node, `whole numbers as input ${input}`, type.dtype);
  return type;
}

/** The type of a required input that must hold whole numbers without a sign. */
export function unsignedAt(call: OpCall, input: number): TensorType {
  const type = wholeAt(call, input);
  return widthOf(type.dtype)?.signed ? reject(call.node, `unsigned whole numbers as input ${input}`, type.dtype) : type;
}
