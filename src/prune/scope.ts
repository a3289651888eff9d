/** How far weights compete: within their own layer, or all against all. */
import { UsageError } from '../core/errors.ts';

/**
 * Which units stay: one mask per weight. `scores` holds one list per weight, -Infinity for units that are gone already.
 * Of all units that compete exactly round(sparsity * count) go, or more if more are gone already; of equal ones the first.
 */
export type Scope = (scores: readonly Float64Array[], sparsity: number) => Uint8Array[];

export const scopes = {
  layer: (scores, sparsity) => scores.map((each) => keepLargest([each], sparsity)[0]),
  global: keepLargest,
} as const satisfies Readonly<Record<string, Scope>>;

export type ScopeName = keyof typeof scopes;

/** Throws UsageError for a name that is not in the table. */
export function scopeOf(scope: ScopeName): Scope {
  if (Object.hasOwn(scopes, scope)) return scopes[scope];
  throw new UsageError(`prune: want a scope among ${Object.keys(scopes).join(', ')}, got ${String(scope)}`);
}

function keepLargest(scores: readonly Float64Array[], sparsity: number): Uint8Array[] {
  const count = scores.reduce((sum, each) => sum + each.length, 0);
  const goes = Math.round(sparsity * count);
  const keep = scores.map((each) =>
    new Uint8Array(each.length).map((_, i) => (each[i] > Number.NEGATIVE_INFINITY ? 1 : 0)),
  );
  if (goes === 0) return keep;

  const sorted = new Float64Array(count);
  let at = 0;
  for (const each of scores) {
    sorted.set(each, at);
    at += each.length;
  }
  sorted.sort();
  const threshold = sorted[goes - 1];
  // All below the threshold go; of those on it, as many as the exact count still needs. Typed arrays sort -0 before 0.
  let ties = goes;
  for (let i = 0; i < goes && sorted[i] < threshold; i++) ties--;
  scores.forEach((each, weight) => {
    for (let i = 0; i < each.length; i++) {
      if (each[i] > threshold || (each[i] === threshold && ties-- <= 0)) continue;
      keep[weight][i] = 0;
    }
  });
  return keep;
}
