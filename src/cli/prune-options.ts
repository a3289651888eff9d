/** The options that say what is pruned and how: shared by `prune` and `finetune`. */
import type { Command } from 'commander';
import {
  type CriterionName,
  criteria,
  type PatternOption,
  type PruneOptions,
  type ScopeName,
  type Selector,
  scopes,
} from '../prune/index.ts';
import { choice, numberBetween, pattern, repeated, selector } from './options.ts';

export interface PruningOptions {
  readonly sparsity?: number;
  readonly pattern?: PatternOption;
  readonly criterion?: CriterionName;
  readonly scope?: ScopeName;
  readonly target?: readonly Selector[];
  readonly ignore?: readonly Selector[];
}

/** @param measurable the criteria that this verb can measure */
export function addPruningOptions(command: Command, measurable: readonly string[]): Command {
  return command
    .option('--sparsity <share>', 'fraction of zeros, e.g. 0.9; N:M patterns bring their own', numberBetween(0, 1))
    .option(
      '--pattern <pattern>',
      'unstructured, blocks as 4x1 (outputs x inputs), 2:4, or 2:4x4 where 4 rows share positions (default: unstructured)',
      pattern,
    )
    .addOption(choice('--criterion <name>', 'what is small goes first (default: magnitude)', measurable))
    .addOption(choice('--scope <name>', 'how far weights compete (default: layer)', Object.keys(scopes)))
    .option('--target <name>', 'prune only this weight or node; /regex/ for several (repeatable)', repeated(selector))
    .option('--ignore <name>', 'leave this weight or node alone; /regex/ for several (repeatable)', repeated(selector));
}

export const allCriteria: readonly string[] = Object.keys(criteria);

/** As `prune` and `createPruner` take them. */
export function pruneOptionsOf({
  sparsity,
  pattern: form,
  criterion,
  scope,
  target,
  ignore,
}: PruningOptions): PruneOptions {
  return {
    ...(sparsity !== undefined && { sparsity }),
    ...(form !== undefined && { pattern: form }),
    ...(criterion && { criterion }),
    ...(scope && { scope }),
    ...(target && { targets: target }),
    ...(ignore && { ignore }),
  };
}
