/** Every kernel, one row each. Planning picks from it; tests and benches walk it; a test holds it equal to the exports. */
import { convKernels } from './conv.ts';
import { convGradientKernels } from './conv-gradient.ts';
import { convTransposeKernels } from './conv-transpose.ts';
import { conv3dKernels } from './conv3d.ts';
import { copy } from './copy.ts';
import { elementwise } from './elementwise.ts';
import { gemmKernels } from './gemm.ts';
import { groupNormKernels } from './group-norm.ts';
import { index } from './index.ts';
import { integerConvKernels } from './integer-conv.ts';
import { integerMatmulKernels } from './integer-matmul.ts';
import type { Kernel } from './kernel.ts';
import { norm } from './norm.ts';
import { optimizer } from './optimizer.ts';
import { pad } from './pad.ts';
import { pool } from './pool.ts';
import { quantizeKernels } from './quantize.ts';
import { recurrentKernels } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { resizeKernels } from './resize.ts';
import { sddmmKernels } from './sddmm.ts';
import { shrinkKernels } from './shrink.ts';
import { softmax } from './softmax.ts';
import { spmmKernels } from './spmm-matmul.ts';
import { spmvKernels } from './spmv.ts';
import { unary } from './unary.ts';
import { copyBytes } from './update.ts';

export const kernels: readonly Kernel[] = [
  ...gemmKernels,
  ...spmvKernels,
  ...spmmKernels,
  ...sddmmKernels,
  ...convKernels,
  ...convGradientKernels,
  ...conv3dKernels,
  ...convTransposeKernels,
  ...elementwise,
  ...unary,
  ...quantizeKernels,
  ...integerMatmulKernels,
  ...integerConvKernels,
  ...recurrentKernels,
  ...reduce,
  ...softmax,
  ...norm,
  ...groupNormKernels,
  ...pool,
  ...copy,
  ...pad,
  ...index,
  ...resizeKernels,
  ...optimizer,
  copyBytes,
  ...shrinkKernels,
];

const byOp = new Map<string, Kernel[]>();
for (const kernel of kernels) byOp.set(kernel.op, [...(byOp.get(kernel.op) ?? []), kernel]);

/** The rows that may do this op, in the order of the table. */
export function kernelsFor(op: string): readonly Kernel[] {
  return byOp.get(op) ?? [];
}
