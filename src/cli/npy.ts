/** NumPy's .npy files to numbers and back. */
import { dump, parse } from 'npyjs';
import { fromDoubles, stores, type TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { format, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import type { DType } from '../index.ts';
import { readFileBytes, writeFileAtomic } from '../node/index.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';

/** What a file holds, row-major. Integers of 64 bits are bigints. */
export interface Numbers {
  readonly shape: Shape;
  readonly data: ArrayLike<number | bigint>;
  /** NumPy's code without the byte order: `f4`, `i8`, `b1` … */
  readonly code: string;
}

const numeric = /^(f[248]|[iu][1248]|b1)$/;

/** Throws UsageError when the file is missing, no .npy file, or holds anything but numbers and booleans. */
export async function readNpy(path: string): Promise<Numbers> {
  return parseNpy(await readFileBytes(path), path);
}

export function parseNpy(bytes: Uint8Array, path: string): Numbers {
  const refuse = (got: string, cause?: unknown): never => {
    throw new UsageError(`"${path}": want a .npy file of numbers, got ${got}`, { cause });
  };
  const { data, shape, dtype, fortranOrder } = parsed(bytes, refuse);
  if (!numeric.test(dtype)) refuse(`elements of type ${dtype}`);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) refuse(`shape ${format(shape)}`);
  // Booleans come as a plain array, which the parser's types do not say.
  const values = data as unknown as ArrayLike<number | bigint>;
  if (values.length !== sizeOf(shape)) refuse(`${values.length} elements for shape ${format(shape)}`);
  return { shape, code: dtype, data: fortranOrder ? rowMajor(values, shape) : values };
}

/** The parser trusts its input: whatever it stumbles over is a broken file. */
function parsed(bytes: Uint8Array, refuse: (got: string, cause?: unknown) => never) {
  try {
    // A copy from the first byte of its buffer on, which `slice` of a Buffer would not be.
    return parse(new Uint8Array(bytes).buffer);
  } catch (error) {
    return refuse(error instanceof Error ? `"${error.message}"` : 'something else', error);
  }
}

/** Column-major numbers in row-major order. */
function rowMajor(data: ArrayLike<number | bigint>, shape: Shape): (number | bigint)[] {
  const strides = stridesOf([...shape].reverse()).reverse();
  const rows = stridesOf(shape);
  return Array.from({ length: data.length }, (_, i) => {
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) at += (Math.floor(i / rows[axis]) % shape[axis]) * strides[axis];
    return data[at];
  });
}

/**
 * The numbers as the type that a model wants. Any number may become a float; an integer or boolean may become another kind of
 * integer if it fits. Throws UsageError, naming `what`, for fractions where integers are wanted, and for integers that do
 * not fit.
 */
export function tensorOf({ data, shape, code }: Numbers, dtype: DType, what: string): AnyTensor {
  const make = (numbers: TypedArray) => new Tensor(dtype as 'float32', numbers as Float32Array, shape);
  if (stores(dtype, data) && (dtype !== 'bool' || code === 'b1')) return make(data);
  const floats = dtype === 'float32' || dtype === 'float64' || dtype === 'float16';
  if (dtype === 'float16' || (!floats && code.startsWith('f')))
    throw new UsageError(`${what}: want ${dtype}, got numbers of type ${code}`);
  if (dtype === 'int64') return make(BigInt64Array.from(data as ArrayLike<number>, (value) => BigInt(value)));
  const doubles = Float64Array.from(data as ArrayLike<number>, Number);
  const made = fromDoubles(dtype, doubles);
  if (!floats) {
    const wrong = doubles.findIndex((value, i) => Number(made[i]) !== value);
    if (wrong >= 0) throw new UsageError(`${what}: want ${dtype}, got ${data[wrong]} at element ${wrong}`);
  }
  return make(made);
}

/** Writes a tensor as a .npy file. float16 never leaves a model. */
export async function writeNpy(path: string, { type, data, dims }: AnyTensor): Promise<void> {
  const options = type === 'bool' ? ({ dtype: 'b1' } as const) : {};
  await writeFileAtomic(path, new Uint8Array(dump(data, [...dims], options)));
}
