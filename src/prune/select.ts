/** Criterion × pattern × scope: from weights to masks. The one place where the three meet. */
import { UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { matrixView } from '../formats/constant.ts';
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
  const { rows, columns } = matrixView(weight.shape, weight.outputAxis);
  const { count, of } = pattern.units(rows, columns);
  const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  eachElement(weight, (element, row, column) => {
    if (keep && !keep[element]) return;
    const score = elements[element];
    if (!(score > Number.NEGATIVE_INFINITY))
      throw new UsageError(`prune: want scores above -Infinity, got ${score} for weight "${name}" at ${element}`);
    const unit = of(row, column);
    scores[unit] = scores[unit] === Number.NEGATIVE_INFINITY ? score : scores[unit] + score;
  });
  return scores;
}

/** The units' mask as a mask of elements. */
function spread(weight: Weight, units: Uint8Array, pattern: Pattern): Uint8Array {
  const { rows, columns } = matrixView(weight.shape, weight.outputAxis);
  const { of } = pattern.units(rows, columns);
  const mask = new Uint8Array(weight.data.length);
  eachElement(weight, (element, row, column) => {
    mask[element] = units[of(row, column)];
  });
  return mask;
}

/** Visits the weight in the order of its data: shape [before..., rows, after...], column = before * size(after) + after. */
function eachElement(
  { shape, outputAxis }: Weight,
  visit: (element: number, row: number, column: number) => void,
): void {
  const { rows, columns } = matrixView(shape, outputAxis);
  const after = sizeOf(shape.slice(outputAxis + 1));
  let element = 0;
  for (let first = 0; first < columns; first += after)
    for (let row = 0; row < rows; row++)
      for (let column = first; column < first + after; column++) visit(element++, row, column);
}
