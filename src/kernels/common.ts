/** The kernels of the ops that most models are made of, and of sparse matrices. The others are in table.ts. */
import { attentionKernels } from './attention.ts';
import { convKernels } from './conv.ts';
import { copy } from './copy.ts';
import { elementwise } from './elementwise.ts';
import { gemmKernels } from './gemm.ts';
import { index } from './index.ts';
import type { Kernel } from './kernel.ts';
import { norm } from './norm.ts';
import { pad } from './pad.ts';
import { pool } from './pool.ts';
import { reduce } from './reduce.ts';
import { softmax } from './softmax.ts';
import { spmmKernels } from './spmm-matmul.ts';
import { spmvKernels } from './spmv.ts';
import { unary } from './unary.ts';
import { copyBytes } from './update.ts';

export const commonKernels: readonly Kernel[] = [
  ...gemmKernels,
  ...attentionKernels,
  ...spmvKernels,
  ...spmmKernels,
  ...convKernels,
  ...elementwise,
  ...unary,
  ...reduce,
  ...softmax,
  ...norm,
  ...pool,
  ...copy,
  ...pad,
  ...index,
  copyBytes,
];
