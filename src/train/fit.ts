/** The training loop: epochs over batches, pruning on the way, evaluation, early stop, checkpoints, progress. */
import { UsageError } from '../core/errors.ts';
import type { Pruner } from '../prune/pruner.ts';
import { breather } from './breathe.ts';
import type { PrunedMask } from './change-masks.ts';
import { type Batch, batchOf, type Dataset, isDataset, itemsOf, orderOf } from './data.ts';
import type { LearningRate } from './schedules.ts';
import { patternOf } from './sparsity.ts';
import type { Evaluation, Trainer } from './trainer.ts';

export interface ProgressReport {
  /** Epochs begun, from 1, and how many this fit makes. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  /** Steps in this epoch; undefined where the data does not say. */
  readonly stepsPerEpoch: number | undefined;
  readonly inEpoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Fraction of zeros asked for by the pruner so far in this fit. */
  readonly sparsity: number | undefined;
}

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  readonly validation: Evaluation | undefined;
}

export interface FitOptions {
  /**
   * Passes over the data. A fit that was aborted, or whose checkpoint was restored, is not over: the next one finishes it,
   * up to the epoch that the first one was to reach, whatever is said here.
   */
  readonly epochs: number;
  /** For a Dataset. Default 64. */
  readonly batchSize?: number;
  readonly learningRate?: LearningRate;
  readonly validation?: Dataset;
  /** Prunes while training; its steps count from the start of this fit. */
  readonly pruner?: Pruner;
  readonly onProgress?: (report: ProgressReport) => void;
  readonly onEpoch?: (report: EpochReport) => void;
  readonly checkpoint?: {
    /** Must replace the old checkpoint at once or not at all. */
    readonly save: (bytes: Uint8Array) => Promise<void> | void;
    /** Steps between checkpoints; one more is written at the end. */
    readonly every: number;
  };
  /** Stops after `patience` epochs whose validation loss is not better by `minDelta`. Needs `validation`. */
  readonly earlyStop?: { readonly patience: number; readonly minDelta?: number };
  readonly signal?: AbortSignal;
}

export interface FitResult {
  readonly epochs: readonly EpochReport[];
  readonly stopped: 'done' | 'early' | 'aborted';
}

export type TrainingData = Dataset | (() => AsyncIterable<Batch>);

/**
 * @param data tensors with one item per row of the first axis, or a function that starts an epoch's stream of batches
 * @throws UsageError on a loss that is not finite, naming the step and the first tensor that went bad
 */
export async function fit(trainer: Trainer, data: TrainingData, options: FitOptions): Promise<FitResult> {
  const { epochs, batchSize = 64, validation, pruner, checkpoint, earlyStop, signal } = options;
  for (const [name, value] of Object.entries({
    epochs,
    batchSize,
    every: checkpoint?.every ?? 1,
    patience: earlyStop?.patience ?? 1,
  }))
    if (!Number.isInteger(value) || value < (name === 'epochs' ? 0 : 1))
      throw new UsageError(`fit: want ${name} as a whole number from ${name === 'epochs' ? 0 : 1}, got ${value}`);
  if (earlyStop?.minDelta !== undefined && !(earlyStop.minDelta >= 0))
    throw new UsageError(`fit: want minDelta as a number >= 0, got ${earlyStop.minDelta}`);
  if (!isDataset(data) && typeof data !== 'function')
    throw new UsageError('fit: want tensors { inputs, targets } or a function that starts a stream of batches');
  if (earlyStop && !validation) throw new UsageError('fit: want validation data for earlyStop, got none');
  if (options.learningRate !== undefined) trainer.learningRate = options.learningRate;
  const unfinished = trainer.progress.untilEpoch > trainer.progress.epoch;
  if (!unfinished)
    trainer.progress = {
      ...trainer.progress,
      inEpoch: 0,
      lossSum: 0,
      fitStart: trainer.progress.step,
      fitEpoch: trainer.progress.epoch,
      untilEpoch: trainer.progress.epoch + epochs,
      best: null,
      worse: 0,
    };
  const { untilEpoch, fitEpoch } = trainer.progress;
  const items = isDataset(data) ? itemsOf(data) : undefined;
  if (items === 0) throw new UsageError('fit: want at least one item, got none');
  const stepsPerEpoch = items === undefined ? undefined : Math.ceil(items / batchSize);
  const reports: EpochReport[] = [];
  const breathe = breather();
  let sparsity: number | undefined;
  let stopped: FitResult['stopped'] = 'done';

  while (trainer.progress.epoch < untilEpoch && stopped === 'done') {
    const { epoch } = trainer.progress;
    for await (const batch of batchesOf(data, batchSize, trainer.seed, epoch, trainer.progress.inEpoch)) {
      if (signal?.aborted) {
        stopped = 'aborted';
        break;
      }
      const due = pruner?.due(trainer.progress.step - trainer.progress.fitStart);
      // The same sparsity again would find the same weights gone.
      if (pruner && due !== undefined && due !== sparsity) {
        applyPruner(trainer, pruner, due, batch);
        sparsity = due;
      }
      const { loss, learningRate } = trainer.step(batch);
      const inEpoch = trainer.progress.inEpoch + 1;
      trainer.progress = { ...trainer.progress, inEpoch, lossSum: trainer.progress.lossSum + loss };
      const { step } = trainer.progress;
      options.onProgress?.({
        epoch: epoch - fitEpoch + 1,
        epochs: untilEpoch - fitEpoch,
        step,
        stepsPerEpoch,
        inEpoch,
        loss,
        learningRate,
        sparsity,
      });
      if (checkpoint && step % checkpoint.every === 0) await checkpoint.save(trainer.checkpoint());
      await breathe();
    }
    if (stopped === 'aborted') break;
    if (trainer.progress.inEpoch === 0) throw new UsageError(`fit: want batches in epoch ${epoch + 1}, got none`);
    const evaluation = validation && trainer.evaluate(validation);
    const { lossSum, inEpoch } = trainer.progress;
    trainer.progress = {
      ...trainer.progress,
      epoch: epoch + 1,
      inEpoch: 0,
      lossSum: 0,
      ...judged(trainer, evaluation, earlyStop?.minDelta ?? 0),
    };
    const report = { epoch: epoch - fitEpoch + 1, loss: lossSum / Math.max(1, inEpoch), validation: evaluation };
    reports.push(report);
    options.onEpoch?.(report);
    if (earlyStop && trainer.progress.worse >= earlyStop.patience) stopped = 'early';
  }
  if (stopped === 'early') trainer.progress = { ...trainer.progress, untilEpoch: trainer.progress.epoch };
  if (checkpoint) await checkpoint.save(trainer.checkpoint());
  return { epochs: reports, stopped };
}

function judged(trainer: Trainer, evaluation: Evaluation | undefined, minDelta: number) {
  if (!evaluation) return {};
  const { best, worse } = trainer.progress;
  const better = best === null || evaluation.loss < best - minDelta;
  return better ? { best: evaluation.loss, worse: 0 } : { worse: worse + 1 };
}

/** An epoch's batches, without the first `skip`. */
async function* batchesOf(
  data: TrainingData,
  batchSize: number,
  seed: number,
  epoch: number,
  skip: number,
): AsyncGenerator<Batch> {
  if (!isDataset(data)) {
    let index = 0;
    for await (const batch of data()) if (index++ >= skip) yield batch;
    return;
  }
  const items = itemsOf(data);
  const order = orderOf(items, seed, epoch);
  for (let from = skip * batchSize; from < items; from += batchSize)
    yield batchOf(data, order.subarray(from, Math.min(items, from + batchSize)));
}

/** Prunes to the wanted sparsity; gradients are measured on the batch if the criterion asks for evidence. */
export function applyPruner(trainer: Trainer, pruner: Pruner, sparsity: number, batch: Batch): void {
  const graph = trainer.graph();
  const weights = pruner.weights(graph).filter(({ name }) => trainer.parameters.includes(name));
  const names = weights.map(({ name }) => name);
  const evidence = pruner.needsGradients ? { gradients: trainer.gradients(batch, names) } : {};
  const masks = pruner.masks(weights, evidence, sparsity);
  const changed = new Map<string, PrunedMask>();
  for (const { name, shape, outputAxis } of weights) {
    const keep = masks.get(name);
    const old = trainer.mask(name);
    if (!keep || (old && keep.every((bit, i) => bit === old[i]))) continue;
    // What pattern this is an empty weight tells as well, and at once.
    const empty = pruner.pattern.encode(
      new Float32Array(),
      shape.map(() => 0),
      outputAxis,
      new Uint8Array(),
    );
    changed.set(name, { keep, pattern: patternOf(empty) });
  }
  if (changed.size > 0) trainer.setMasks(changed);
}
