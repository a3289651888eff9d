/** What `train` and `finetune` do once the model is there: read data, fit, save, tell. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { checkpointFile } from '../node/index.ts';
import { type Pruner, reportOf } from '../prune/index.ts';
import { itemsOf } from '../train/data.ts';
import {
  type Dataset,
  type EpochReport,
  fit as fitModel,
  type ProgressReport,
  type TeacherOptions,
  Trainer,
} from '../train/index.ts';
import { datasetFor, type RawData, readData } from './dataset.ts';
import { readMnist } from './mnist.ts';
import { checkOutput, writeModelFile } from './model-file.ts';
import { progressBar } from './progress.ts';
import { bytes, percent, remark, say, sayJson, tableOf } from './text.ts';
import { learningRateOf, optimizerOf, type TrainingOptions } from './training-options.ts';

export interface TrainingFiles {
  readonly training: RawData;
  readonly validation?: RawData;
}

/**
 * Reads what the options name, once it is clear that the result can be written. `inputNames` are the model's inputs; one that is
 * taught by another model needs no targets.
 */
export async function readFiles(
  options: TrainingOptions,
  inputNames: readonly string[],
  taught = false,
): Promise<TrainingFiles> {
  await checkOutput(options.output);
  const { inputs, targets, validationInputs, validationTargets, data } = options;
  if (data === 'mnist') {
    if (inputs || targets || validationInputs || validationTargets)
      throw new UsageError('--data mnist brings its own inputs and targets: want no files beside it');
    const { training, test } = await readMnist();
    return { training, validation: test };
  }
  if (!inputs || (!targets && !taught))
    throw new UsageError('want data: --inputs FILE.npy and --targets FILE.npy, or --data mnist');
  if (targets ? !validationInputs !== !validationTargets : validationTargets)
    throw new UsageError(
      targets
        ? 'want --validation-inputs and --validation-targets together, got one of them'
        : '--validation-targets: want --targets with it, got none',
    );
  const training = await readData(inputs, targets, inputNames);
  if (!validationInputs) return { training };
  return { training, validation: await readData(validationInputs, validationTargets, inputNames) };
}

/** Pruning on the way; told how many steps there will be. */
export type PrunerFor = (graph: Graph, steps: number) => Pruner | undefined;

/** What `finetune` has and `train` has not. */
export interface Extras {
  readonly prunerFor?: PrunerFor;
  readonly teacher?: TeacherOptions;
  readonly batchNorm?: 'train' | 'frozen';
}

/** Trains the model, writes it to `--output` and prints how it went. */
export async function runTraining(
  graph: Graph,
  files: TrainingFiles,
  options: TrainingOptions,
  { prunerFor = () => undefined, teacher, batchNorm }: Extras = {},
): Promise<void> {
  const data = datasetFor(graph, files.training, options.loss);
  const validation = files.validation && datasetFor(graph, files.validation, options.loss);
  const steps = options.epochs * Math.ceil(itemsOf(data) / options.batch);
  const pruner = prunerFor(graph, steps);
  const { loss, seed } = options;
  using trainer = await Trainer.create(graph, {
    ...{ loss, seed, optimizer: optimizerOf(options) },
    ...(teacher && { teacher }),
    ...(batchNorm && { batchNorm }),
  });
  const before = validation && trainer.evaluate(validation);
  const save = await openCheckpoint(trainer, options);
  const epochs = await fitAll(trainer, data, validation, options, steps, pruner, save);

  const trained = trainer.graph();
  const size = await writeModelFile(options.output, trained);
  const { prunable } = reportOf(trained, '', new Map());
  const after = validation && (epochs.at(-1)?.validation ?? trainer.evaluate(validation));
  if (options.json) {
    const [output, sparsity] = [options.output, prunable.sparsity];
    sayJson({ output, bytes: size, steps: trainer.progress.step, sparsity, before, after, epochs });
    return;
  }
  if (before && after) {
    const row = (name: string, { loss: value, error }: typeof before) => [name, value.toFixed(4), shareOf(error)];
    const columns = [{ head: 'validation' }, { head: 'loss', right: true }, { head: 'error', right: true }];
    say(tableOf(columns, [row('before', before), row('after', after)]));
  }
  say(`wrote ${options.output}: ${bytes(size)}, ${percent(prunable.sparsity)} of the prunable weights are zero`);
}

/** Restores the trainer if that is asked for. Returns what saves it from now on. */
async function openCheckpoint(
  trainer: Trainer,
  { checkpoint, resume, epochs }: TrainingOptions,
): Promise<((bytes: Uint8Array) => Promise<void>) | undefined> {
  if (checkpoint === undefined) {
    if (resume) throw new UsageError('--resume: want the --checkpoint to go on from, got none');
    return undefined;
  }
  const file = checkpointFile(checkpoint);
  const saved = await file.load();
  if (resume) {
    if (!saved) throw new UsageError(`--resume: want a checkpoint "${checkpoint}", got none; start without --resume`);
    trainer.restore(saved);
    // This command line is the measure: more epochs than last time go on, fewer are done already.
    trainer.progress = { ...trainer.progress, untilEpoch: epochs };
    remark(`resumed after step ${trainer.progress.step}`);
  } else if (saved)
    throw new UsageError(`--checkpoint: "${checkpoint}" exists; go on from it with --resume, or remove it`);
  return file.save;
}

async function fitAll(
  trainer: Trainer,
  data: Dataset,
  validation: Dataset | undefined,
  options: TrainingOptions,
  steps: number,
  pruner: Pruner | undefined,
  save: ((bytes: Uint8Array) => Promise<void>) | undefined,
): Promise<readonly EpochReport[]> {
  const { epochs, batch: batchSize, resume, checkpointEvery: every } = options;
  if (resume && trainer.progress.epoch >= epochs) {
    remark(`the checkpoint has all ${epochs} epochs already`);
    return [];
  }
  const bar = progressBar();
  let stepped = false;
  try {
    const result = await fitModel(trainer, data, {
      epochs,
      batchSize,
      learningRate: learningRateOf(options, steps),
      ...(validation && { validation }),
      ...(pruner && { pruner }),
      ...(save && { checkpoint: { save, every } }),
      onProgress(report) {
        stepped = true;
        bar.update(shareDone(report), labelOf(report));
      },
      onEpoch(report) {
        bar.clear();
        remark(epochText(report, epochs, stepped));
        stepped = false;
      },
    });
    return result.epochs;
  } finally {
    bar.clear();
  }
}

function shareDone({ epoch, epochs, inEpoch, stepsPerEpoch = 1 }: ProgressReport): number {
  return Math.min(1, (epoch - 1 + inEpoch / stepsPerEpoch) / epochs);
}

function labelOf({ epoch, epochs, step, loss, learningRate, sparsity }: ProgressReport): string {
  const pruned = sparsity === undefined ? '' : `, sparsity ${percent(sparsity)}`;
  return `epoch ${epoch}/${epochs}, step ${step}, loss ${loss.toFixed(4)}, rate ${learningRate.toPrecision(2)}${pruned}`;
}

/** `stepped`: a training resumed at the very end of an epoch has no steps of it to tell a loss of. */
function epochText({ epoch, loss, validation }: EpochReport, epochs: number, stepped: boolean): string {
  const error = validation?.error === undefined ? '' : `, error ${percent(validation.error)}`;
  const held = validation ? `, validation loss ${validation.loss.toFixed(4)}${error}` : '';
  return `epoch ${epoch}/${epochs}: ${stepped ? `loss ${loss.toFixed(4)}` : 'done before'}${held}`;
}

function shareOf(error: number | undefined): string {
  return error === undefined ? '' : percent(error);
}
