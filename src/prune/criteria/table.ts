/** Every criterion that can be asked for by name. */
import { UsageError } from '../../core/errors.ts';
import type { Criterion } from './criterion.ts';
import { magnitude } from './magnitude.ts';
import { random } from './random.ts';
import { taylor } from './taylor.ts';

export const criteria = {
  magnitude: magnitude(),
  random: random(),
  taylor: taylor(),
} as const satisfies Readonly<Record<string, Criterion>>;

export type CriterionName = keyof typeof criteria;

/** A criterion by name, or a function as it is. Throws UsageError for a name that is not in the table. */
export function criterionOf(criterion: CriterionName | Criterion): Criterion {
  if (typeof criterion === 'function') return criterion;
  if (Object.hasOwn(criteria, criterion)) return criteria[criterion];
  throw new UsageError(
    `prune: want a criterion among ${Object.keys(criteria).join(', ')} or a function, got ${String(criterion)}`,
  );
}
