/** The weight encodings. A new one is a file and a line here. */

import type { TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { bsr } from './bsr.ts';
import type { Constant, Encoding } from './constant.ts';
import { csr } from './csr.ts';
import { dense } from './dense.ts';
import type { Format } from './format.ts';
import { nm } from './nm.ts';

type FormatTable = { readonly [E in Encoding]: Format<Extract<Constant, { encoding: E }>> };

export const formats: FormatTable = { dense, csr, bsr, nm };

/** The row for this constant; its type is the constant's own. */
function rowOf<C extends Constant>(constant: C): Format<C> {
  return formats[constant.encoding] as unknown as Format<C>;
}

/** Row-major float32 values. Throws UsageError for a dense constant of another type. */
export function toDense(constant: Constant): Float32Array {
  return rowOf(constant).toDense(constant);
}

/** 1 at every stored position, row-major. */
export function keepOf(constant: Constant): Uint8Array {
  return rowOf(constant).keep(constant);
}

/** Stored positions of the matrix: rows * columns * (1 - sparsity). Padding does not count. */
export function storedCount(constant: Constant): number {
  return rowOf(constant).stored(constant);
}

/** Bytes of its arrays. */
export function bytesOf(constant: Constant): number {
  return rowOf(constant).bytes(constant);
}

/** What is wrong with it; empty when it is sound. */
export function verifyConstant(constant: Constant): string[] {
  return rowOf(constant).verify(constant);
}

/** The stored numbers in the order of the encoding: `data` or `values`. */
export function valuesOf(constant: Constant): TypedArray {
  return constant.encoding === 'dense' ? constant.data : constant.values;
}

/** The same pattern with other numbers, which are taken over, not copied. Throws UsageError unless length and type fit. */
export function withValues<C extends Constant>(constant: C, values: TypedArray): C {
  const own = valuesOf(constant);
  if (values.length !== own.length || values.constructor !== own.constructor)
    throw new UsageError(
      `want ${own.length} values in a ${own.constructor.name}, got ${values.length} in a ${values.constructor.name}`,
    );
  return constant.encoding === 'dense' ? { ...constant, data: values } : { ...constant, values };
}
