import { type DType, fromDoubles, isDType, stores, type TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { format, type Shape, sizeOf } from '../core/shape.ts';

/** The JavaScript array that holds the elements of a type; `bool` is one byte each, `float16` its 16 bits. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  float16: Uint16Array;
}

/** A dense tensor on the JavaScript side, as in onnxruntime-web: a type, numbers in row-major order, and extents. */
export class Tensor<T extends DType = DType> {
  readonly type: T;
  readonly data: TensorData[T];
  readonly dims: Shape;

  /**
   * @param type element type
   * @param data the array type that stores `type` (not copied), or plain numbers
   * @param dims extents; their product must be `data.length`. Default: one axis.
   * @throws UsageError when type, array and extents do not fit
   */
  constructor(type: T, data: TensorData[T] | readonly number[], dims: Shape = [data.length]) {
    if (!isDType(type)) throw new UsageError(`Tensor: want a type such as "float32", got ${JSON.stringify(type)}`);
    const numbers: unknown = Array.isArray(data) ? fromDoubles(type, data as readonly number[]) : data;
    if (!stores(type, numbers))
      throw new UsageError(
        `Tensor: want an array that stores ${type}, got ${(data as object)?.constructor?.name ?? typeof data}`,
      );
    if (!Array.isArray(dims)) throw new UsageError(`Tensor: want dims as an array of extents, got ${typeof dims}`);
    if (sizeOf(dims) !== (numbers as TypedArray).length)
      throw new UsageError(
        `Tensor: want ${sizeOf(dims)} elements for dims ${format(dims)}, got ${(numbers as TypedArray).length}`,
      );
    this.type = type;
    this.data = numbers as TensorData[T];
    this.dims = Object.freeze([...dims]);
  }

  /** How many elements. */
  get size(): number {
    return this.data.length;
  }

  /** The same numbers under other extents of the same product. */
  reshape(dims: Shape): Tensor<T> {
    return new Tensor(this.type, this.data, dims);
  }
}

/** A tensor of any type: what feeds and results are. */
export type AnyTensor = { readonly [T in DType]: Tensor<T> }[DType];
