import { UsageError } from '../../core/errors.ts';
import type { Schedule } from './schedule.ts';

/**
 * `rounds` equal stretches of time; at the start of each the same fraction of what is left goes (Han et al. 2015).
 * With 5 rounds to 0.9 from 0: 0.369, 0.602, 0.749, 0.842, 0.9. The last stretch is left for recovery.
 */
export function iterative(rounds: number): Schedule {
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`iterative: want rounds as an integer >= 1, got ${rounds}`);
  return (progress, target, initial) => {
    const round = Math.min(rounds, Math.floor(progress * rounds) + 1);
    if (round === rounds || initial >= 1) return target;
    return 1 - (1 - initial) * ((1 - target) / (1 - initial)) ** (round / rounds);
  };
}
