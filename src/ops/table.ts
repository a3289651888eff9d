/** Every op, one line each. Adding an op is its file, its line here and its samples for the tests. */
import { abs } from './abs.ts';
import { adam } from './adam.ts';
import { add } from './add.ts';
import { affineGrid } from './affine-grid.ts';
import { argMax, argMin } from './arg-max.ts';
import { avgPool, avgPoolGrad } from './avg-pool.ts';
import { batchNorm, batchNormGrad, batchNormTraining } from './batch-norm.ts';
import { bitShift, bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from './bitwise.ts';
import { cast, castLike } from './cast.ts';
import { centerCropPad } from './center-crop-pad.ts';
import { clip, clipGrad } from './clip.ts';
import { col2im } from './col2im.ts';
import { equal, greater, greaterOrEqual, less, lessOrEqual } from './compare.ts';
import { compress } from './compress.ts';
import { concat } from './concat.ts';
import { ifOp, loop, scan } from './control.ts';
import { convTranspose } from './conv-transpose.ts';
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from './conv2d.ts';
import { conv3d } from './conv3d.ts';
import { crossEntropy, crossEntropyGrad } from './cross-entropy.ts';
import { cumSum } from './cum-sum.ts';
import { depthToSpace, spaceToDepth } from './depth-to-space.ts';
import { det } from './det.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { einsum } from './einsum.ts';
import { celu, elu, selu } from './elu.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expand } from './expand.ts';
import { max, min } from './extremum.ts';
import { eyeLike } from './eye-like.ts';
import { flatten } from './flatten.ts';
import { gather, gatherGrad } from './gather.ts';
import { gatherElements, scatterElements } from './gather-elements.ts';
import { gelu, geluGrad } from './gelu.ts';
import { globalAvgPool, globalMaxPool } from './global-pool.ts';
import { gridSample } from './grid-sample.ts';
import { groupNorm, instanceNorm } from './group-norm.ts';
import { gru } from './gru.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish, hardSwishGrad } from './hard-swish.ts';
import { convInteger, qlinearConv } from './integer-conv.ts';
import { matmulInteger, qlinearMatmul } from './integer-matmul.ts';
import { isInf, isNan } from './is-nan.ts';
import { layerNorm, layerNormGrad } from './layer-norm.ts';
import { leakyRelu, leakyReluGrad } from './leaky-relu.ts';
import { countRatio, expandLike, sumLike } from './like.ts';
import { log } from './log.ts';
import { and, not, or, xor } from './logical.ts';
import { globalLpPool, lpPool } from './lp-pool.ts';
import { lrn } from './lrn.ts';
import { lstm } from './lstm.ts';
import { matmul } from './matmul.ts';
import { maxPool, maxPoolGrad } from './max-pool.ts';
import { maxRoiPool } from './max-roi-pool.ts';
import { maxUnpool } from './max-unpool.ts';
import { mod } from './mod.ts';
import { mse } from './mse.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { nllLoss, nllLossGrad } from './nll-loss.ts';
import { nonMaxSuppression } from './non-max-suppression.ts';
import { nonZero } from './non-zero.ts';
import { oneHot } from './one-hot.ts';
import type { Op } from './op.ts';
import { pad, padGrad } from './pad.ts';
import { pow } from './pow.ts';
import { prelu } from './prelu.ts';
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from './quantize.ts';
import { range } from './range.ts';
import { reciprocal } from './reciprocal.ts';
import {
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reduceSumSquare,
} from './reduce.ts';
import { relu, reluGrad } from './relu.ts';
import { reshape, reshapeLike } from './reshape.ts';
import { resize, resizeGrad } from './resize.ts';
import { reverseSequence } from './reverse-sequence.ts';
import { rmsNorm } from './rms-norm.ts';
import { rnn } from './rnn.ts';
import { roiAlign } from './roi-align.ts';
import { ceil, floor, round } from './rounding.ts';
import { sample } from './sample.ts';
import { gatherND, scatterND } from './scatter-nd.ts';
import { sddmm } from './sddmm.ts';
import { sgd } from './sgd.ts';
import { shape, size } from './shape.ts';
import { sigmoid, sigmoidGrad } from './sigmoid.ts';
import { sign } from './sign.ts';
import { slice, sliceGrad } from './slice.ts';
import { hardmax, logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax.ts';
import { mish, softplus, softsign } from './softplus.ts';
import { split } from './split.ts';
import { sqrt } from './sqrt.ts';
import { squeeze, unsqueeze } from './squeeze.ts';
import { sub } from './sub.ts';
import { swish } from './swish.ts';
import { tanh, tanhGrad } from './tanh.ts';
import { shrink, thresholdedRelu } from './thresholds.ts';
import { tile, tileGrad } from './tile.ts';
import { topK } from './top-k.ts';
import { transpose } from './transpose.ts';
import { acos, acosh, asin, asinh, atan, atanh, cos, cosh, sin, sinh, tan } from './trigonometry.ts';
import { trilu } from './trilu.ts';
import { unique } from './unique.ts';
import { where } from './where.ts';

const rows: readonly Op[] = [
  // arithmetic and comparison
  add,
  sub,
  mul,
  div,
  pow,
  max,
  min,
  equal,
  less,
  greater,
  lessOrEqual,
  greaterOrEqual,
  where,
  mod,
  and,
  or,
  xor,
  not,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  bitwiseNot,
  bitShift,
  // functions of one element and their gradient companions
  neg,
  exp,
  log,
  sqrt,
  erf,
  abs,
  reciprocal,
  sign,
  leakyRelu,
  leakyReluGrad,
  gelu,
  geluGrad,
  sigmoid,
  sigmoidGrad,
  tanh,
  tanhGrad,
  hardSwish,
  hardSwishGrad,
  clip,
  clipGrad,
  relu,
  reluGrad,
  elu,
  selu,
  celu,
  softplus,
  softsign,
  mish,
  swish,
  hardSigmoid,
  thresholdedRelu,
  shrink,
  prelu,
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
  ceil,
  floor,
  round,
  isNan,
  isInf,
  // rows, losses, reductions, normalisation
  softmax,
  softmaxGrad,
  logSoftmax,
  logSoftmaxGrad,
  hardmax,
  crossEntropy,
  crossEntropyGrad,
  nllLoss,
  nllLossGrad,
  mse,
  reduceSum,
  reduceMean,
  reduceMax,
  reduceMin,
  reduceProd,
  reduceL1,
  reduceL2,
  reduceSumSquare,
  reduceLogSum,
  reduceLogSumExp,
  argMax,
  argMin,
  sumLike,
  expandLike,
  countRatio,
  layerNorm,
  layerNormGrad,
  batchNorm,
  batchNormTraining,
  batchNormGrad,
  instanceNorm,
  groupNorm,
  rmsNorm,
  lrn,
  dropout,
  // products and their gradients
  matmul,
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
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  conv3d,
  convTranspose,
  sddmm,
  sample,
  // pooling
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  globalAvgPool,
  globalMaxPool,
  lpPool,
  globalLpPool,
  maxUnpool,
  // views and movement
  reshape,
  reshapeLike,
  flatten,
  squeeze,
  unsqueeze,
  transpose,
  concat,
  slice,
  sliceGrad,
  split,
  pad,
  padGrad,
  tile,
  tileGrad,
  centerCropPad,
  depthToSpace,
  spaceToDepth,
  reverseSequence,
  cumSum,
  expand,
  // indexing, types
  gather,
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
  cast,
  castLike,
  trilu,
  // shapes and control flow
  shape,
  size,
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

export const ops: ReadonlyMap<string, Op> = new Map(rows.map((op) => [op.name, op]));
