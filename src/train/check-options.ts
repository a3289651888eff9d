/** What a trainer's options may be. Checked once, when it is created: a wrong number here would only show as a bad model. */
import { UsageError } from '../core/errors.ts';
import { losses } from './losses.ts';
import { checkTeacher } from './teacher.ts';
import type { TrainerOptions } from './trainer.ts';

/** Throws UsageError that names the option, what it may be and what came. */
export function checkOptions({
  loss,
  labels,
  teacher,
  batchNorm,
  clip,
  learningRate,
  seed,
  maxMemory,
}: TrainerOptions): void {
  oneOf('loss', loss, Object.keys(losses));
  oneOf('labels', labels, ['int32', 'int64']);
  oneOf('batchNorm', batchNorm, ['train', 'frozen']);
  if (teacher !== undefined) checkTeacher(teacher);
  if (clip !== undefined) {
    const bounds = Object.entries(clip);
    const sound = bounds.length === 1 && ['norm', 'value'].includes(bounds[0][0]) && Number(bounds[0][1]) > 0;
    if (!sound) throw new UsageError(`clip: want { norm } or { value } of a number > 0, got ${show(clip)}`);
  }
  if (learningRate !== undefined && typeof learningRate !== 'number' && typeof learningRate !== 'function')
    throw new UsageError(`learningRate: want a number or a function of the step, got ${typeof learningRate}`);
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new UsageError(`seed: want a whole number, got ${String(seed)}`);
  if (maxMemory !== undefined && !(Number.isInteger(maxMemory) && maxMemory >= 1))
    throw new UsageError(`maxMemory: want a whole number from 1, got ${String(maxMemory)}`);
}

/** Throws UsageError unless `low <= value < below`, or `low < value` where `open`. */
export function within(
  name: string,
  value: number,
  { low, below = Number.POSITIVE_INFINITY, open = false }: { low: number; below?: number; open?: boolean },
): void {
  if (typeof value === 'number' && (open ? value > low : value >= low) && value < below) return;
  const upper = Number.isFinite(below) ? ` and < ${below}` : '';
  throw new UsageError(`${name}: want a number ${open ? '>' : '>='} ${low}${upper}, got ${String(value)}`);
}

function oneOf(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value))
    throw new UsageError(`${name}: want ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${show(value)}`);
}

/** JSON, but with NaN and infinities as they are. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part));
}
