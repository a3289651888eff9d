import type { Schedule } from './schedule.ts';

/** Fast while there is much to spare, slow at the end: s_t = s_f + (s_i - s_f)(1 - t)³ (Zhu and Gupta 2017). */
export const cubic: Schedule = (progress, target, initial) => target + (initial - target) * (1 - progress) ** 3;
