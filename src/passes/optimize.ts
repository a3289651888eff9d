import type { Graph } from '../graph/graph.ts';
import { removeDead } from './dead.ts';
import { dropHeads } from './drop-heads.ts';
import { factorOut } from './factor-out.ts';
import { foldConstants } from './fold.ts';
import { foldAffine } from './fold-affine.ts';
import { foldScalars } from './fold-scalars.ts';
import { fuseEpilogue } from './fuse.ts';
import { liftLines } from './lift-lines.ts';
import { recognizeAttention } from './recognize-attention.ts';
import { recognizeGelu } from './recognize-gelu.ts';
import { recognizeLayerNorm } from './recognize-layer-norm.ts';
import { recognizeSwish } from './recognize-swish.ts';
import type { Pass } from './rewrite.ts';
import { simplify } from './simplify.ts';
import { sinkTransposes } from './sink-transposes.ts';

/**
 * Dead branches go first, so that nobody works on them. Folding comes before fusion: a bias may be computed. Fusion runs
 * twice, to lift a bias out of the way of what is affine, and to catch the activation behind it.
 */
const pipeline: readonly Pass[] = [
  removeDead,
  simplify,
  liftLines,
  foldConstants,
  recognizeAttention,
  recognizeGelu,
  recognizeLayerNorm,
  recognizeSwish,
  // What was recognised is not yet gone, and would count as a reader of what is to be fused.
  removeDead,
  // What is recognised is spelled as exporters do, transposes among it; what is fused stands behind them.
  sinkTransposes,
  (graph) => fuseEpilogue(graph),
  dropHeads,
  foldAffine,
  foldScalars,
  factorOut,
  (graph) => fuseEpilogue(graph),
  removeDead,
];

/** The graph made ready to run: the same inputs, outputs and numbers (up to rounding), fewer and larger nodes. */
export function optimize(graph: Graph): Graph {
  return pipeline.reduce((current, pass) => pass(current), graph);
}
