/** TensorProto to a dense constant and back: every way in which ONNX stores numbers. */
import { allocate, type DType, isWide, stores, type TypedArray, viewOf } from '../core/dtype.ts';
import { ModelError, UsageError } from '../core/errors.ts';
import { format, MAX_ELEMENTS, MAX_RANK } from '../core/shape.ts';
import type { DenseConstant } from '../formats/constant.ts';
import { exportType, importType, type OnnxType, onnxTypeOf } from './data-types.ts';
import { type ExternalReader, externalReader, isExternal } from './external.ts';
import type { TensorDraft, TensorProto } from './messages.ts';

/** Bytes per element in raw data. */
const widths: Readonly<Partial<Record<OnnxType, number>>> = {
  float: 4,
  double: 8,
  float16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** Extents as numbers. Throws ModelError on negative ones, too many of them, or too many elements; returns their product too. */
export function readDims(dims: ArrayLike<bigint>, what: string): { readonly shape: number[]; readonly size: number } {
  if (dims.length > MAX_RANK) throw new ModelError(`${what}: want rank <= ${MAX_RANK}, got ${dims.length}`);
  const shape = Array.from(dims, Number);
  // Zero extents aside, so that [0, huge] is refused as well.
  const size = shape.reduce((product, extent) => product * (extent || 1), 1);
  if (shape.some((extent) => extent < 0) || size > MAX_ELEMENTS)
    throw new ModelError(`${what}: want extents >= 0 with at most ${MAX_ELEMENTS} elements, got ${format(shape)}`);
  return { shape, size: shape.includes(0) ? 0 : size };
}

/**
 * A tensor as a dense constant; the numbers are copied. float16 becomes float32. Throws ModelError on a type without a
 * counterpart, external data that `external` does not read, and data that do not fill the dims exactly.
 */
export function readTensor(
  tensor: TensorProto,
  what: string,
  external: ExternalReader = externalReader(undefined),
): DenseConstant {
  const type = onnxTypeOf(tensor.dataType) as OnnxType;
  const dtype = importType(tensor.dataType, what);
  const { shape, size } = readDims(tensor.dims, what);
  if (tensor.segment !== undefined) throw new ModelError(`${what}: want a whole tensor, got a segment`);
  const typed = typedData(tensor, type);
  if (isExternal(tensor)) {
    if (tensor.rawData !== undefined || typed.length > 0)
      throw new ModelError(`${what}: want its data either in the model file or outside, got both`);
    const data = external(tensor, size * (widths[type] as number), what);
    return { encoding: 'dense', dtype, shape, data: fromRaw(data, type, dtype, size) };
  }
  const raw = tensor.rawData;
  if (raw !== undefined && typed.length === 0) {
    const want = size * (widths[type] as number);
    if (raw.length !== want)
      throw new ModelError(`${what}: want ${want} bytes of raw data for ${type} ${format(shape)}, got ${raw.length}`);
    return { encoding: 'dense', dtype, shape, data: fromRaw(raw, type, dtype, size) };
  }
  if (raw !== undefined) throw new ModelError(`${what}: want raw or typed data, got both`);
  if (typed.length !== size)
    throw new ModelError(`${what}: want ${size} values for ${type} ${format(shape)}, got ${typed.length}`);
  return { encoding: 'dense', dtype, shape, data: fromTyped(typed, type, dtype) };
}

function typedData(tensor: TensorProto, type: OnnxType): ArrayLike<number> | BigInt64Array | BigUint64Array {
  if (type === 'float') return tensor.floatData;
  if (type === 'double') return tensor.doubleData;
  if (type === 'int64') return tensor.int64Data;
  if (type === 'uint32' || type === 'uint64') return tensor.uint64Data;
  return tensor.int32Data;
}

/** Raw data are little-endian and may lie at any address: copied first, so that a typed view is allowed. */
function fromRaw(raw: Uint8Array, type: OnnxType, dtype: DType, size: number): TypedArray {
  const { buffer } = new Uint8Array(raw);
  if (type === 'float16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  const data = viewOf(dtype, buffer, 0, size);
  return type === 'bool' ? data.map(truth as never) : data;
}

function fromTyped(
  typed: ArrayLike<number> | BigInt64Array | BigUint64Array,
  type: OnnxType,
  dtype: DType,
): TypedArray {
  const wide = allocate(dtype, typed.length);
  if (isWide(wide)) {
    wide.set(typed as never);
    return wide;
  }
  const data = wide as Float32Array;
  if (type === 'float16') for (let i = 0; i < data.length; i++) data[i] = halfToFloat(Number(typed[i]));
  else if (type === 'bool') for (let i = 0; i < data.length; i++) data[i] = truth(Number(typed[i]));
  else for (let i = 0; i < data.length; i++) data[i] = Number(typed[i]);
  return data;
}

function truth(value: number): number {
  return value === 0 ? 0 : 1;
}

/** The value of IEEE binary16 bits: 1 sign, 5 exponent, 10 fraction. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** A tensor with raw data. The bytes are a view of the constant's. */
export function writeTensor(name: string, { dtype, shape, data }: Omit<DenseConstant, 'encoding'>): TensorDraft {
  if (!stores(dtype, data))
    throw new UsageError(`constant "${name}": want data that store ${dtype}, got another array`);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: exportType(dtype), dims: shape, rawData };
}
