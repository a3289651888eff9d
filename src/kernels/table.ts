/**
 * Every kernel, one row each, here or in common.ts. Planning picks from it; tests and benches walk it; a test holds it equal to
 * the exports.
 */

import { commonKernels } from './common.ts';
import { convGradientKernels } from './conv-gradient.ts';
import { convTransposeKernels } from './conv-transpose.ts';
import { convTranspose2x2 } from './conv-transpose-2x2.ts';
import { conv3dKernels } from './conv3d.ts';
import { groupNormKernels } from './group-norm.ts';
import { integerConvKernels } from './integer-conv.ts';
import { integerMatmulKernels } from './integer-matmul.ts';
import type { Kernel } from './kernel.ts';
import { optimizer } from './optimizer.ts';
import { quantizeKernels } from './quantize.ts';
import { recurrentKernels } from './recurrent.ts';
import { addKernels } from './registry.ts';
import { resizeKernels } from './resize.ts';
import { sddmmKernels } from './sddmm.ts';
import { shrinkKernels } from './shrink.ts';

const others: readonly Kernel[] = [
  ...sddmmKernels,
  ...convGradientKernels,
  ...conv3dKernels,
  ...convTransposeKernels,
  convTranspose2x2,
  ...quantizeKernels,
  ...integerMatmulKernels,
  ...integerConvKernels,
  ...recurrentKernels,
  ...groupNormKernels,
  ...resizeKernels,
  ...optimizer,
  ...shrinkKernels,
];

export const kernels: readonly Kernel[] = [...commonKernels, ...others];

/** Says that kernels of any op may be wanted now; whoever calls it brings the code of all. */
export function loadEveryKernel(): void {
  addKernels(others);
}
