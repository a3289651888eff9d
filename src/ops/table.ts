/**
 * Every op, one line each, here or in common.ts. Adding an op is its file, its line and its samples for the tests. Who may meet
 * any op (readers and writers of files, training) imports this table, which makes all of it known.
 */

import { adam } from './adam.ts';
import { affineGrid } from './affine-grid.ts';
import { argMin } from './arg-max.ts';
import { avgPoolGrad } from './avg-pool.ts';
import { batchNormGrad, batchNormTraining } from './batch-norm.ts';
import { bitShift, bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from './bitwise.ts';
import { castLike } from './cast.ts';
import { centerCropPad } from './center-crop-pad.ts';
import { clipGrad } from './clip.ts';
import { col2im } from './col2im.ts';
import { commonOps } from './common.ts';
import { compress } from './compress.ts';
import { ifOp, loop, scan } from './control.ts';
import { convTranspose } from './conv-transpose.ts';
import { conv2dInputGrad, conv2dWeightGrad } from './conv2d.ts';
import { conv3d } from './conv3d.ts';
import { crossEntropy, crossEntropyGrad } from './cross-entropy.ts';
import { cumSum } from './cum-sum.ts';
import { depthToSpace, spaceToDepth } from './depth-to-space.ts';
import { det } from './det.ts';
import { einsum } from './einsum.ts';
import { celu, selu } from './elu.ts';
import { eyeLike } from './eye-like.ts';
import { gatherGrad } from './gather.ts';
import { gatherElements, scatterElements } from './gather-elements.ts';
import { geluGrad } from './gelu.ts';
import { gridSample } from './grid-sample.ts';
import { groupNorm, instanceNorm } from './group-norm.ts';
import { gru } from './gru.ts';
import { hardSwishGrad } from './hard-swish.ts';
import { convInteger, qlinearConv } from './integer-conv.ts';
import { matmulInteger, qlinearMatmul } from './integer-matmul.ts';
import { isInf, isNan } from './is-nan.ts';
import { layerNormGrad } from './layer-norm.ts';
import { leakyReluGrad } from './leaky-relu.ts';
import { countRatio, expandLike, sumLike } from './like.ts';
import { xor } from './logical.ts';
import { globalLpPool, lpPool } from './lp-pool.ts';
import { lrn } from './lrn.ts';
import { lstm } from './lstm.ts';
import { maxPoolGrad } from './max-pool.ts';
import { maxRoiPool } from './max-roi-pool.ts';
import { maxUnpool } from './max-unpool.ts';
import { mod } from './mod.ts';
import { mse } from './mse.ts';
import { nllLoss, nllLossGrad } from './nll-loss.ts';
import { nonMaxSuppression } from './non-max-suppression.ts';
import { nonZero } from './non-zero.ts';
import { oneHot } from './one-hot.ts';
import type { Op } from './op.ts';
import { padGrad } from './pad.ts';
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from './quantize.ts';
import { range } from './range.ts';
import { reduceL1, reduceL2, reduceLogSum, reduceLogSumExp, reduceProd } from './reduce.ts';
import { addOps } from './registry.ts';
import { reluGrad } from './relu.ts';
import { resize, resizeGrad } from './resize.ts';
import { reverseSequence } from './reverse-sequence.ts';
import { rmsNorm } from './rms-norm.ts';
import { rnn } from './rnn.ts';
import { roiAlign } from './roi-align.ts';
import { round } from './rounding.ts';
import { sample } from './sample.ts';
import { gatherND, scatterND } from './scatter-nd.ts';
import { sddmm } from './sddmm.ts';
import { sgd } from './sgd.ts';
import { sigmoidGrad } from './sigmoid.ts';
import { sliceGrad } from './slice.ts';
import { hardmax, logSoftmaxGrad, softmaxGrad } from './softmax.ts';
import { mish, softsign } from './softplus.ts';
import { tanhGrad } from './tanh.ts';
import { shrink, thresholdedRelu } from './thresholds.ts';
import { tile, tileGrad } from './tile.ts';
import { topK } from './top-k.ts';
import { acos, acosh, asin, asinh, atan, atanh, cos, cosh, sin, sinh, tan } from './trigonometry.ts';
import { trilu } from './trilu.ts';
import { unique } from './unique.ts';

const others: readonly Op[] = [
  // arithmetic and comparison
  mod,
  xor,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  bitwiseNot,
  bitShift,
  // functions of one element and their gradient companions
  leakyReluGrad,
  geluGrad,
  sigmoidGrad,
  tanhGrad,
  hardSwishGrad,
  clipGrad,
  reluGrad,
  selu,
  celu,
  softsign,
  mish,
  thresholdedRelu,
  shrink,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  round,
  isNan,
  isInf,
  // rows, losses, reductions, normalisation
  softmaxGrad,
  logSoftmaxGrad,
  hardmax,
  crossEntropy,
  crossEntropyGrad,
  nllLoss,
  nllLossGrad,
  mse,
  reduceProd,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  argMin,
  sumLike,
  expandLike,
  countRatio,
  layerNormGrad,
  batchNormTraining,
  batchNormGrad,
  instanceNorm,
  groupNorm,
  rmsNorm,
  lrn,
  // products and their gradients
  einsum,
  det,
  // recurrences
  lstm,
  gru,
  rnn,
  // quantized numbers
  quantizeLinear,
  dequantizeLinear,
  dynamicQuantizeLinear,
  matmulInteger,
  qlinearMatmul,
  convInteger,
  qlinearConv,
  conv2dInputGrad,
  conv2dWeightGrad,
  conv3d,
  convTranspose,
  sddmm,
  sample,
  // pooling
  maxPoolGrad,
  avgPoolGrad,
  lpPool,
  globalLpPool,
  maxUnpool,
  // views and movement
  sliceGrad,
  padGrad,
  tile,
  tileGrad,
  centerCropPad,
  depthToSpace,
  spaceToDepth,
  reverseSequence,
  cumSum,
  // indexing, types
  gatherGrad,
  gatherElements,
  scatterElements,
  gatherND,
  scatterND,
  oneHot,
  nonZero,
  compress,
  unique,
  topK,
  range,
  eyeLike,
  castLike,
  trilu,
  // shapes and control flow
  ifOp,
  loop,
  scan,
  // resampling
  resize,
  resizeGrad,
  gridSample,
  affineGrid,
  roiAlign,
  maxRoiPool,
  col2im,
  nonMaxSuppression,
  // optimizers
  sgd,
  adam,
];

/** All ops by name. */
export const ops: ReadonlyMap<string, Op> = new Map([...commonOps, ...others].map((op) => [op.name, op]));

/** Says that any op may come now; whoever calls it brings the code of all. */
export function loadEveryOp(): void {
  addOps(others);
}
