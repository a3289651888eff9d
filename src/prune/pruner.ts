/** Pruning over time: when, how much, and which weights. Holds no state; the training loop hands everything in. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Criterion, Evidence, Weight } from './criteria/criterion.ts';
import { type CriterionName, criterionOf } from './criteria/table.ts';
import { weightOf } from './masks.ts';
import type { Pattern } from './patterns/pattern.ts';
import { type PatternOption, patternOf } from './patterns/table.ts';
import type { Schedule } from './schedules/schedule.ts';
import { type ScheduleName, scheduleOf } from './schedules/table.ts';
import { type ScopeName, scopeOf } from './scope.ts';
import { type Masks, selectMasks } from './select.ts';
import { candidatesOf, type Selection, select } from './targets.ts';

export interface PruneOptions extends Selection {
  /** What is measured. Default 'magnitude'. */
  readonly criterion?: CriterionName | Criterion;
  /** What is pruned as one. Default 'unstructured'. */
  readonly pattern?: PatternOption;
  /** How far weights compete. Default 'layer'. */
  readonly scope?: ScopeName;
  /** Fraction of zeros among the targets, 0 to 1. Required unless the pattern fixes it, as N:M does. */
  readonly sparsity?: number;
}

export interface PrunerOptions extends PruneOptions {
  /** Default 'oneShot'. */
  readonly schedule?: ScheduleName | Schedule;
  /** Sparsity that the schedule starts from. Default 0. */
  readonly initialSparsity?: number;
  /** First pruning step. Default 0. */
  readonly begin?: number;
  /** Last pruning step, at which `sparsity` is reached. Default `begin`. */
  readonly end?: number;
  /** Steps from one pruning to the next. Default 1. */
  readonly every?: number;
}

export interface Pruner {
  readonly pattern: Pattern;
  /** The sparsity at the end. */
  readonly sparsity: number;
  /** Whether `masks` wants `evidence.gradients`: what the criterion says that it needs. */
  readonly needsGradients: boolean;
  /** The sparsity wanted at this step, if it is one at which to prune. */
  due(step: number): number | undefined;
  /** The graph's weights that this pruner is meant for. */
  weights(graph: Graph): Weight[];
  /** Which elements stay at this sparsity. Weights that are gone already (`keep` is 0) stay gone. */
  masks(weights: readonly Weight[], evidence: Evidence, sparsity: number): Masks;
}

/** Throws UsageError for options that are out of range or contradict the pattern. */
export function createPruner(options: PrunerOptions): Pruner {
  const criterion = criterionOf(options.criterion ?? 'magnitude');
  const pattern = patternOf(options.pattern ?? 'unstructured');
  const scope = scopeOf(options.scope ?? 'layer');
  const schedule = scheduleOf(options.schedule ?? 'oneShot');
  const sparsity = targetSparsity(pattern, options.sparsity);
  const { initialSparsity = 0, begin = 0, end = begin, every = 1 } = options;
  fraction('initialSparsity', initialSparsity);
  if (![begin, end, every].every(Number.isInteger) || begin < 0 || end < begin || every < 1)
    throw new UsageError(`prune: want steps 0 <= begin <= end and every >= 1, got ${begin}, ${end} and ${every}`);

  return {
    pattern,
    sparsity,
    needsGradients: criterion.needs?.includes('gradients') ?? false,
    due(step) {
      if (step < begin || step > end || ((step - begin) % every !== 0 && step !== end)) return undefined;
      if (pattern.fixed) return sparsity;
      return schedule(end === begin ? 1 : (step - begin) / (end - begin), sparsity, initialSparsity);
    },
    weights: (graph) => select(candidatesOf(graph), options).meant.map(weightOf),
    masks: (weights, evidence, wanted) => {
      fraction('sparsity', wanted);
      return selectMasks(weights, evidence, wanted, { criterion, pattern, scope });
    },
  };
}

function targetSparsity(pattern: Pattern, asked: number | undefined): number {
  const own = pattern.fixed?.sparsity;
  const sparsity = asked ?? own;
  if (sparsity === undefined) throw new UsageError(`prune: want a sparsity for pattern ${pattern.name}, got none`);
  fraction('sparsity', sparsity);
  if (own !== undefined && Math.abs(sparsity - own) > 1e-9)
    throw new UsageError(`prune: want sparsity ${own} or none, for ${pattern.name} fixes it, got ${sparsity}`);
  return sparsity;
}

function fraction(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new UsageError(`prune: want ${name} from 0 to 1, got ${value}`);
}
