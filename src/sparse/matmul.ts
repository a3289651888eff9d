import { UsageError } from '../core/errors.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Dense } from './checks.ts';
import { SparseTensor } from './tensor.ts';

/**
 * a · b where at least one is sparse: sparse if both are (csr), else dense. The same as `a.matmul(b)` or `b.premultiply(a)`.
 * @throws UsageError when the extents do not fit, when neither is sparse, and as those do
 */
export function matmul(a: SparseTensor, b: SparseTensor): SparseTensor;
export function matmul(a: SparseTensor, b: Dense): Tensor<'float32'>;
export function matmul(a: Dense, b: SparseTensor): Tensor<'float32'>;
export function matmul(a: SparseTensor | Dense, b: SparseTensor | Dense): SparseTensor | Tensor<'float32'> {
  if (a instanceof SparseTensor) return b instanceof SparseTensor ? a.matmul(b) : a.matmul(b);
  if (b instanceof SparseTensor) return b.premultiply(a);
  throw new UsageError('matmul: want a SparseTensor among the operands, got two dense ones');
}
