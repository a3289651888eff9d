import type { Graph } from '../graph/graph.ts';
import { removeDead } from './dead.ts';
import { foldConstants } from './fold.ts';
import { foldAffine } from './fold-affine.ts';
import { foldScalars } from './fold-scalars.ts';
import { recognizeGelu } from './recognize-gelu.ts';
import { recognizeLayerNorm } from './recognize-layer-norm.ts';
import { recognizeSwish } from './recognize-swish.ts';
import type { Pass } from './rewrite.ts';
import { settle } from './settle.ts';
import { simplify } from './simplify.ts';

/** Nothing is fused that has no gradient any more. What is affine twice in a row takes two turns. */
const pipeline: readonly Pass[] = [
  removeDead,
  settle,
  simplify,
  foldConstants,
  recognizeGelu,
  recognizeLayerNorm,
  recognizeSwish,
  removeDead,
  foldAffine,
  foldScalars,
  foldAffine,
  removeDead,
];

/**
 * An imported graph made ready to be pruned and trained: inference batchNorm and constant factors are worked into the weights,
 * and what exporters decompose is put together again, so that a step is shorter and fewer odd constants train. The same inputs,
 * outputs and numbers, up to rounding; every op that could be trained through before can be afterwards.
 */
export function condense(graph: Graph): Graph {
  return pipeline.reduce((current, pass) => pass(current), graph);
}
