/** The ops that most models are made of when they run: what every session brings along. The others are in table.ts. */
import { abs } from './abs.ts';
import { add } from './add.ts';
import { argMax } from './arg-max.ts';
import { attention } from './attention.ts';
import { avgPool } from './avg-pool.ts';
import { batchNorm } from './batch-norm.ts';
import { cast } from './cast.ts';
import { clip } from './clip.ts';
import { equal, greater, greaterOrEqual, less, lessOrEqual } from './compare.ts';
import { concat } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { elu } from './elu.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expand } from './expand.ts';
import { max, min } from './extremum.ts';
import { flatten } from './flatten.ts';
import { gather } from './gather.ts';
import { gelu } from './gelu.ts';
import { globalAvgPool, globalMaxPool } from './global-pool.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { layerNorm } from './layer-norm.ts';
import { leakyRelu } from './leaky-relu.ts';
import { log } from './log.ts';
import { and, not, or } from './logical.ts';
import { matmul } from './matmul.ts';
import { maxPool } from './max-pool.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import type { Op } from './op.ts';
import { pad } from './pad.ts';
import { pow } from './pow.ts';
import { prelu } from './prelu.ts';
import { reciprocal } from './reciprocal.ts';
import { reduceMax, reduceMean, reduceMin, reduceSum, reduceSumSquare } from './reduce.ts';
import { relu } from './relu.ts';
import { reshape, reshapeLike } from './reshape.ts';
import { ceil, floor } from './rounding.ts';
import { shape, size } from './shape.ts';
import { sigmoid } from './sigmoid.ts';
import { sign } from './sign.ts';
import { slice } from './slice.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { softplus } from './softplus.ts';
import { split } from './split.ts';
import { sqrt } from './sqrt.ts';
import { squeeze, unsqueeze } from './squeeze.ts';
import { sub } from './sub.ts';
import { swish } from './swish.ts';
import { tanh } from './tanh.ts';
import { transpose } from './transpose.ts';
import { where } from './where.ts';

export const commonOps: readonly Op[] = [
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
  and,
  or,
  not,
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
  gelu,
  sigmoid,
  tanh,
  hardSwish,
  clip,
  relu,
  elu,
  softplus,
  swish,
  hardSigmoid,
  prelu,
  ceil,
  floor,
  // rows, losses, reductions, normalisation
  softmax,
  logSoftmax,
  reduceSum,
  reduceMean,
  reduceMax,
  reduceMin,
  reduceSumSquare,
  argMax,
  layerNorm,
  batchNorm,
  dropout,
  // products and their gradients
  matmul,
  attention,
  // quantized numbers
  conv2d,
  // pooling
  maxPool,
  avgPool,
  globalAvgPool,
  globalMaxPool,
  // views and movement
  reshape,
  reshapeLike,
  flatten,
  squeeze,
  unsqueeze,
  transpose,
  concat,
  slice,
  split,
  pad,
  expand,
  // indexing, types
  gather,
  cast,
  // shapes and control flow
  shape,
  size,
];
