import type { Schedule } from './schedule.ts';

/** Everything at once. */
export const oneShot: Schedule = (_progress, target) => target;
