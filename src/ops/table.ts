/** Every op, one line each. Adding an op is its file, its line here and its samples for the tests. */
import { abs } from './abs.ts';
import { adam } from './adam.ts';
import { add } from './add.ts';
import { argMax } from './arg-max.ts';
import { avgPool, avgPoolGrad } from './avg-pool.ts';
import { batchNorm, batchNormGrad, batchNormTraining } from './batch-norm.ts';
import { cast } from './cast.ts';
import { clip, clipGrad } from './clip.ts';
import { equal, greater, less } from './compare.ts';
import { concat } from './concat.ts';
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from './conv2d.ts';
import { crossEntropy, crossEntropyGrad } from './cross-entropy.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expand } from './expand.ts';
import { max, min } from './extremum.ts';
import { flatten } from './flatten.ts';
import { gather, gatherGrad } from './gather.ts';
import { gelu, geluGrad } from './gelu.ts';
import { globalAvgPool } from './global-avg-pool.ts';
import { hardSwish, hardSwishGrad } from './hard-swish.ts';
import { layerNorm, layerNormGrad } from './layer-norm.ts';
import { leakyRelu, leakyReluGrad } from './leaky-relu.ts';
import { countRatio, expandLike, sumLike } from './like.ts';
import { log } from './log.ts';
import { matmul } from './matmul.ts';
import { maxPool, maxPoolGrad } from './max-pool.ts';
import { mse } from './mse.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import type { Op } from './op.ts';
import { pad } from './pad.ts';
import { pow } from './pow.ts';
import { reciprocal } from './reciprocal.ts';
import { reduceMax, reduceMean, reduceSum } from './reduce.ts';
import { relu, reluGrad } from './relu.ts';
import { reshape, reshapeLike } from './reshape.ts';
import { sample } from './sample.ts';
import { sddmm } from './sddmm.ts';
import { sgd } from './sgd.ts';
import { sigmoid, sigmoidGrad } from './sigmoid.ts';
import { sign } from './sign.ts';
import { slice, sliceGrad } from './slice.ts';
import { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax.ts';
import { split } from './split.ts';
import { sqrt } from './sqrt.ts';
import { squeeze, unsqueeze } from './squeeze.ts';
import { sub } from './sub.ts';
import { tanh, tanhGrad } from './tanh.ts';
import { transpose } from './transpose.ts';
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
  where,
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
  // rows, losses, reductions, normalisation
  softmax,
  softmaxGrad,
  logSoftmax,
  logSoftmaxGrad,
  crossEntropy,
  crossEntropyGrad,
  mse,
  reduceSum,
  reduceMean,
  reduceMax,
  argMax,
  sumLike,
  expandLike,
  countRatio,
  layerNorm,
  layerNormGrad,
  batchNorm,
  batchNormTraining,
  batchNormGrad,
  dropout,
  // products and their gradients
  matmul,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  sddmm,
  sample,
  // pooling
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  globalAvgPool,
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
  expand,
  // indexing, types
  gather,
  gatherGrad,
  cast,
  // optimizers
  sgd,
  adam,
];

export const ops: ReadonlyMap<string, Op> = new Map(rows.map((op) => [op.name, op]));
