import type { Graph } from '../graph/graph.ts';
import type { Evidence } from './criteria/criterion.ts';
import { applyMasks, weightOf } from './masks.ts';
import { createPruner, type PruneOptions } from './pruner.ts';
import { type PruneReport, reportOf } from './report.ts';
import { candidatesOf, select } from './targets.ts';

export interface OneShotOptions extends PruneOptions {
  /** What the criterion needs to know beyond the weights, e.g. gradients for 'taylor'. */
  readonly evidence?: Evidence;
}

/**
 * Prunes a graph at once: criterion × pattern × scope at one sparsity. The graph comes back with its weights stored
 * sparse (csr, bsr or nm, as the pattern says); weights that were pruned before stay pruned.
 *
 * Throws UsageError for unknown names, a sparsity outside 0 to 1 or one that contradicts the pattern, and for evidence
 * that is missing. A layer that loses all its weights is named in `report.warnings`.
 */
export function prune(graph: Graph, options: OneShotOptions): { readonly graph: Graph; readonly report: PruneReport } {
  const pruner = createPruner(options);
  const { meant, left } = select(candidatesOf(graph), options);
  const masks = pruner.masks(meant.map(weightOf), options.evidence ?? {}, pruner.sparsity);
  const pruned = applyMasks(graph, masks, pruner.pattern);
  return { graph: pruned, report: reportOf(pruned, pruner.pattern.name, left) };
}
