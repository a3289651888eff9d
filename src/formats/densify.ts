import type { Constant, DenseConstant } from './constant.ts';
import { toDense } from './table.ts';

/** The constant with its zeros written out. The numbers are made when first asked for. */
export function densified(constant: Constant): DenseConstant {
  if (constant.encoding === 'dense') return constant;
  let data: Float32Array | undefined;
  return {
    encoding: 'dense',
    dtype: constant.dtype,
    shape: constant.shape,
    get data() {
      data ??= toDense(constant);
      return data;
    },
  };
}
