/** Reads what callers hand in, copying it. Every function throws UsageError: `<where>: want ..., got ...`. */
import { UsageError } from '../core/errors.ts';
import { format, sizeOf } from '../core/shape.ts';
import { Tensor } from '../runtime/tensor.ts';
import { type MatrixShape, newPointers } from './matrix.ts';

/** A dense matrix: a float32 tensor with two extents, or rows of numbers. */
export type Dense = Tensor<'float32'> | readonly (readonly number[])[];

/** A dense vector: numbers, or a float32 tensor with one extent. */
export type Vector = Float32Array | readonly number[] | Tensor<'float32'>;

/** From `begin` up to, not including, `end`. */
export type Range = readonly [begin: number, end: number];

export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. The caller's own array where it is one. */
  readonly data: Float32Array;
}

const MAX_EXTENT = 2 ** 31 - 1;

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `a value of type ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export function isExtent(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_EXTENT;
}

export function checkShape(where: string, shape: unknown): MatrixShape {
  if (Array.isArray(shape) && shape.length === 2 && shape.every(isExtent)) return [shape[0], shape[1]];
  const got = Array.isArray(shape) ? `[${shape.map(describe).join(', ')}]` : describe(shape);
  throw new UsageError(`${where}: want a shape of two extents from 0 to ${MAX_EXTENT}, got ${got}`);
}

function isList(given: unknown): given is ArrayLike<unknown> {
  if (ArrayBuffer.isView(given)) return !(given instanceof DataView);
  return Array.isArray(given);
}

function checkList(where: string, given: unknown, length: number | undefined): ArrayLike<unknown> {
  if (!isList(given)) throw new UsageError(`${where}: want an array of numbers, got ${describe(given)}`);
  if (length !== undefined && given.length !== length)
    throw new UsageError(`${where}: want ${length} numbers, got ${given.length}`);
  return given;
}

/** Whole numbers in [0, limit). */
export function readIndices(where: string, given: unknown, length: number | undefined, limit: number): Uint32Array {
  const list = checkList(where, given, length);
  const out = new Uint32Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const index = list[i];
    if (!(Number.isInteger(index) && (index as number) >= 0 && (index as number) < limit))
      throw new UsageError(`${where}[${i}]: want a whole number in [0, ${limit}), got ${describe(index)}`);
    out[i] = index as number;
  }
  return out;
}

/** count + 1 whole numbers that start at 0, never fall, and end at `stored`. */
export function readPointers(where: string, given: unknown, count: number, stored: number): Uint32Array {
  const list = checkList(where, given, count + 1);
  const out = newPointers(count);
  let last = 0;
  for (let i = 0; i <= count; i++) {
    const pointer = list[i];
    const [least, most] = [i === count ? stored : last, i === 0 ? 0 : stored];
    if (!(Number.isInteger(pointer) && (pointer as number) >= least && (pointer as number) <= most)) {
      const want = least === most ? String(least) : `a whole number in [${least}, ${most}]`;
      throw new UsageError(`${where}[${i}]: want ${want}, got ${describe(pointer)}`);
    }
    last = pointer as number;
    out[i] = last;
  }
  return out;
}

/** Numbers, rounded to float32. */
export function readValues(where: string, given: unknown, length: number | undefined): Float32Array {
  const list = checkList(where, given, length);
  if (list instanceof Float32Array) return list.slice();
  const out = new Float32Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== 'number') throw new UsageError(`${where}[${i}]: want a number, got ${describe(value)}`);
    out[i] = value;
  }
  return out;
}

/** Throws UsageError unless the indices of every line ascend. */
export function checkAscending(where: string, line: string, pointers: Uint32Array, indices: Uint32Array): void {
  for (let at = 0; at + 1 < pointers.length; at++)
    for (let i = pointers[at] + 1; i < pointers[at + 1]; i++)
      if (indices[i] <= indices[i - 1])
        throw new UsageError(
          `${where}[${i}]: want more than ${indices[i - 1]}, the index before it in ${line} ${at}, got ${indices[i]}`,
        );
}

/** A dense matrix as its numbers. */
export function readDense(where: string, given: unknown): DenseMatrix {
  if (given instanceof Tensor) {
    if (given.type !== 'float32' || given.dims.length !== 2)
      throw new UsageError(`${where}: want a float32 tensor [rows, columns], got ${given.type} ${format(given.dims)}`);
    return { rows: given.dims[0], columns: given.dims[1], data: given.data as Float32Array };
  }
  if (!Array.isArray(given) || !given.every(isList))
    throw new UsageError(`${where}: want a float32 tensor or rows of numbers, got ${describe(given)}`);
  const columns = given.length === 0 ? 0 : given[0].length;
  const data = new Float32Array(sizeOf([given.length, columns]));
  given.forEach((row, i) => data.set(readValues(`${where}: row ${i}`, row, columns), i * columns));
  return { rows: given.length, columns, data };
}

/** A vector of `length` numbers. */
export function readVector(where: string, given: unknown, length: number): Float32Array {
  const numbers = given instanceof Tensor ? given.data : given;
  if (given instanceof Tensor && (given.type !== 'float32' || given.dims.length !== 1))
    throw new UsageError(`${where}: want a float32 tensor [${length}], got ${given.type} ${format(given.dims)}`);
  if (numbers instanceof Float32Array && numbers.length === length) return numbers;
  return readValues(where, numbers, length);
}

/** Throws UsageError unless the second extent of the first is the first of the second. */
export function wantInner(where: string, [m, k]: MatrixShape, [inner, n]: MatrixShape): void {
  if (k !== inner) throw new UsageError(`${where}: want [m, k] x [k, n], got [${m}, ${k}] x [${inner}, ${n}]`);
}

/** Throws UsageError unless both shapes are equal. */
export function wantShape(where: string, [rows, columns]: MatrixShape, got: MatrixShape): void {
  if (rows !== got[0] || columns !== got[1])
    throw new UsageError(`${where}: want [${rows}, ${columns}], got [${got.join(', ')}]`);
}

export function readNumber(where: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new UsageError(`${where}: want a number, got ${typeof value}`);
}

/** A range of rows or columns; all of them where none is given. */
export function readRange(where: string, given: Range | undefined, extent: number): Range {
  const [begin, end] = given ?? [0, extent];
  if (Number.isInteger(begin) && Number.isInteger(end) && begin >= 0 && begin <= end && end <= extent)
    return [begin, end];
  throw new UsageError(`${where}: want [begin, end] with 0 <= begin <= end <= ${extent}, got [${begin}, ${end}]`);
}
