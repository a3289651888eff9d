/** Every pass that makes an equal graph out of a graph, one line each; tests run each of them over every graph they have. */
import { condense } from './condense.ts';
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
import { settle } from './settle.ts';
import { simplify } from './simplify.ts';
import { sinkTransposes } from './sink-transposes.ts';

export interface PassRow {
  readonly name: string;
  readonly run: Pass;
}

export const passes = [
  { name: 'removeDead', run: removeDead },
  { name: 'settle', run: settle },
  { name: 'simplify', run: simplify },
  { name: 'liftLines', run: liftLines },
  { name: 'foldConstants', run: foldConstants },
  { name: 'recognizeAttention', run: recognizeAttention },
  { name: 'recognizeGelu', run: recognizeGelu },
  { name: 'recognizeLayerNorm', run: recognizeLayerNorm },
  { name: 'recognizeSwish', run: recognizeSwish },
  { name: 'sinkTransposes', run: sinkTransposes },
  { name: 'fuseEpilogue', run: (graph) => fuseEpilogue(graph) },
  { name: 'dropHeads', run: dropHeads },
  { name: 'foldAffine', run: foldAffine },
  { name: 'foldScalars', run: foldScalars },
  { name: 'factorOut', run: factorOut },
  { name: 'condense', run: condense },
] as const satisfies readonly PassRow[];
