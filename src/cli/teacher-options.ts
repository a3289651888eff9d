/** The options of distillation. */
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../core/errors.ts';
import type { Feature, TeacherOptions } from '../train/index.ts';
import { readModelFile } from './model-file.ts';
import { numberBetween, repeated } from './options.ts';
import type { TrainingOptions } from './training-options.ts';

export interface TaughtOptions {
  readonly teacher?: string;
  readonly temperature?: number;
  readonly teacherWeight?: number;
  readonly targetsWeight?: number;
  readonly feature?: readonly Feature[];
}

export function addTeacherOptions(command: Command): Command {
  return command
    .option('--teacher <model>', 'distil: make the outputs like those of this model; targets are not needed then')
    .option('--temperature <t>', 'of --teacher: what logits are divided by (default: 1)', numberBetween(0))
    .option('--teacher-weight <w>', 'of what the outputs of --teacher are worth (default: 1)', numberBetween(0))
    .option('--targets-weight <w>', 'of what targets are worth beside --teacher (default: 1)', numberBetween(0))
    .option(
      '--feature <name[=weight]>',
      'a value inside the model to make like that of --teacher (repeatable)',
      repeated(featureOf),
    );
}

/** `NAME` or `NAME=WEIGHT`; a name may hold `=`. */
function featureOf(text: string): Feature {
  const at = text.lastIndexOf('=');
  const weight = Number(text.slice(at + 1));
  if (at < 0 || Number.isNaN(weight)) return { value: text };
  if (at === 0 || text.slice(at + 1).trim() === '' || !(weight > 0))
    throw new InvalidArgumentError('Want NAME or NAME=WEIGHT with a weight above 0.');
  return { value: text.slice(0, at), weight };
}

/** Throws UsageError for options of a teacher without one, ModelError for a file that is no sound model. */
export async function teacherOf(options: TaughtOptions & TrainingOptions): Promise<TeacherOptions | undefined> {
  const { teacher, temperature, teacherWeight, targetsWeight, feature, targets, data, loss } = options;
  const beside = { temperature, 'teacher-weight': teacherWeight, 'targets-weight': targetsWeight, feature };
  if (teacher === undefined) {
    for (const [name, value] of Object.entries(beside))
      if (value !== undefined) throw new UsageError(`--${name}: want --teacher with it, got none`);
    return undefined;
  }
  const labelled = targets !== undefined || data !== undefined;
  if (targetsWeight !== undefined && !labelled)
    throw new UsageError('--targets-weight: want --targets with it, got none');
  return {
    model: await readModelFile(teacher),
    loss: loss === 'mse' ? 'mse' : 'kl',
    targets: labelled ? (targetsWeight ?? 1) : 0,
    ...(temperature !== undefined && { temperature }),
    ...(teacherWeight !== undefined && { weight: teacherWeight }),
    ...(feature && { features: feature }),
  };
}
