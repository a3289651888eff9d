import { UsageError } from '../../core/errors.ts';
import type { Criterion } from './criterion.ts';

/**
 * |w · ∂L/∂w|: how much the loss would move, to first order, if the weight were gone (Molchanov et al. 2017).
 * Needs `evidence.gradients` for every weight, of its full shape.
 */
export function taylor(): Criterion {
  const score: Criterion = ({ name, data }, { gradients }) => {
    const gradient = gradients?.get(name);
    if (gradient?.length !== data.length) {
      const got = gradient ? `${gradient.length} numbers` : 'none';
      throw new UsageError(
        `taylor: want a gradient of ${data.length} numbers for weight "${name}" in evidence.gradients, got ${got}`,
      );
    }
    return new Float64Array(data).map((w, i) => Math.abs(w * gradient[i]));
  };
  return Object.assign(score, { needs: ['gradients'] as const });
}
