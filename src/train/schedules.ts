/** Learning-rate schedules: functions of the step, counted from 0. */
import { UsageError } from '../core/errors.ts';

export type LearningRate = number | ((step: number) => number);

export function constant(rate: number): (step: number) => number {
  return () => rate;
}

/** `rate`, times `factor` after every `every` steps. */
export function stepDecay({
  rate,
  every,
  factor,
}: {
  rate: number;
  every: number;
  factor: number;
}): (step: number) => number {
  return (step) => rate * factor ** Math.floor(step / every);
}

/** From `rate` down to `end` along half a cosine over `steps`, then `end` (Loshchilov and Hutter 2017, without restarts). */
export function cosine({
  rate,
  steps,
  end = 0,
}: {
  rate: number;
  steps: number;
  end?: number;
}): (step: number) => number {
  return (step) => end + (rate - end) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / steps)));
}

/** Linear from 0 over `steps`, then `after`, whose steps count from the end of the warm-up. */
export function warmUp(steps: number, after: LearningRate): (step: number) => number {
  const later = rateOf(after);
  return (step) => (step < steps ? (later(0) * (step + 1)) / steps : later(step - steps));
}

/** The schedule as a function that checks what it returns. */
export function rateOf(rate: LearningRate): (step: number) => number {
  return (step) => {
    const value = typeof rate === 'number' ? rate : rate(step);
    if (!(Number.isFinite(value) && value >= 0))
      throw new UsageError(`learning rate at step ${step}: want a number >= 0, got ${value}`);
    return value;
  };
}
