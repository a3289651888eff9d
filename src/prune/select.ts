/** Criterion × pattern × scope: from weights to masks. The one place where the three meet. */
import { UsageError } from '../core/errors.ts';
import { matrixView } from '../formats/constant.ts';
import { placement } from '../formats/format.ts';
import type { Criterion, Evidence, Weight } from './criteria/criterion.ts';
import type { Pattern } from './patterns/pattern.ts';
import type { Scope } from './scope.ts';

/** Per weight the mask of what stays (1 = kept), row-major in its shape. */
export type Masks = ReadonlyMap<string, Uint8Array>;

/**
 * Masks for the wanted sparsity over the units of all weights. Weights that are gone already stay gone; a pattern that
 * fixes its own sparsity ignores the wanted one. Throws UsageError when a score is NaN or -Infinity.
 */
export function selectMasks(
  weights: readonly Weight[],
  evidence: Evidence,
  sparsity: number,
  { criterion, pattern, scope }: { readonly criterion: Criterion; readonly pattern: Pattern; readonly scope: Scope },
): Masks {
  const scores = weights.map((weight) => unitScores(weight, criterion(weight, evidence), pattern));
  const { fixed } = pattern;
  const units = fixed
    ? weights.map(({ shape, outputAxis }, i) => {
        const { rows, columns } = matrixView(shape, outputAxis);
        return fixed.select(scores[i], rows, columns);
      })
    : scope(scores, sparsity);
  return new Map(weights.map((weight, i) => [weight.name, spread(weight, units[i], pattern)]));
}

/** The score of every unit: the sum over the elements it still has, -Infinity for one that has none. */
function unitScores(weight: Weight, elements: ArrayLike<number>, pattern: Pattern): Float64Array {
  const { name, data, keep } = weight;
  if (elements.length !== data.length)
    throw new UsageError(`prune: want ${data.length} scores for weight "${name}", got ${elements.length}`);
  const { rows, columns, at } = placement(weight.shape, weight.outputAxis);
  const { count, of } = pattern.units(rows, columns);
  const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const element = at(row, column);
      if (keep && !keep[element]) continue;
      const score = elements[element];
      if (!(score > Number.NEGATIVE_INFINITY))
        throw new UsageError(`prune: want scores above -Infinity, got ${score} for weight "${name}" at ${element}`);
      const unit = of(row, column);
      scores[unit] = (scores[unit] === Number.NEGATIVE_INFINITY ? 0 : scores[unit]) + score;
    }
  return scores;
}

/** The units' mask as a mask of elements. */
function spread({ shape, outputAxis, data }: Weight, units: Uint8Array, pattern: Pattern): Uint8Array {
  const { rows, columns, at } = placement(shape, outputAxis);
  const { of } = pattern.units(rows, columns);
  const mask = new Uint8Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) mask[at(row, column)] = units[of(row, column)];
  return mask;
}
