/** The rows of both gradients of a convolution. */
import { convInputGradientKernels } from './conv-input-gradient.ts';
import { convSampledKernels } from './conv-sampled.ts';
import { convSparseGradientKernels } from './conv-sparse-gradient.ts';
import { convWeightGradientKernels } from './conv-weight-gradient.ts';
import { depthwiseGradientKernels } from './depthwise-gradient.ts';
import type { Kernel } from './kernel.ts';

export const convGradientKernels: readonly Kernel[] = [
  ...convInputGradientKernels,
  ...convSparseGradientKernels,
  ...convWeightGradientKernels,
  ...convSampledKernels,
  ...depthwiseGradientKernels,
];
