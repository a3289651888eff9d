/** Every schedule that can be asked for by name; `iterative(rounds)` is made by its number of rounds. */
import { UsageError } from '../../core/errors.ts';
import { cubic } from './cubic.ts';
import { oneShot } from './one-shot.ts';
import type { Schedule } from './schedule.ts';

export const schedules = { oneShot, cubic } as const satisfies Readonly<Record<string, Schedule>>;

export type ScheduleName = keyof typeof schedules;

/** A schedule by name, or a function as it is. Throws UsageError for a name that is not in the table. */
export function scheduleOf(schedule: ScheduleName | Schedule): Schedule {
  if (typeof schedule === 'function') return schedule;
  if (Object.hasOwn(schedules, schedule)) return schedules[schedule];
  throw new UsageError(
    `prune: want a schedule among ${Object.keys(schedules).join(', ')} or a function, got ${String(schedule)}`,
  );
}
