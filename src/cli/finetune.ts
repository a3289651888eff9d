/** `lacewing finetune`: retrains a pruned model, its zeros staying zero, or prunes a model while it trains. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { createPruner, cubic, iterative, type Pruner } from '../prune/index.ts';
import { adoptZeros, readModelFile } from './model-file.ts';
import { choice, numberBetween, wholeNumber } from './options.ts';
import { addPruningOptions, allCriteria, type PruningOptions, pruneOptionsOf } from './prune-options.ts';
import { addTeacherOptions, type TaughtOptions, teacherOf } from './teacher-options.ts';
import { remark } from './text.ts';
import { readFiles, runTraining } from './training.ts';
import { addTrainingOptions, type TrainingOptions } from './training-options.ts';
import type { Verb } from './verb.ts';

const scheduleNames = ['oneShot', 'iterative', 'cubic'] as const;

interface Options extends TrainingOptions, PruningOptions, TaughtOptions {
  readonly batchNorm: 'train' | 'frozen';
  readonly schedulePruning?: (typeof scheduleNames)[number];
  readonly rounds?: number;
  readonly pruneUntil?: number;
}

export const finetune: Verb = {
  signature: 'finetune <model>',
  summary: 'retrain a pruned model with its zeros kept, or prune it on the way',
  examples: [
    'finetune pruned.lace --inputs x.npy --targets y.npy --epochs 3 --lr 0.0005 --output tuned.lace',
    'finetune dense.onnx --data mnist --sparsity 0.95 --schedule-pruning iterative --rounds 5 --output tuned.lace',
    'finetune dense.onnx --data mnist --pattern 2:4 --optimizer sgd --lr 0.02 --output tuned.onnx',
    'finetune pruned.lace --inputs x.npy --teacher dense.onnx --temperature 2 --output tuned.onnx',
    'finetune dense.onnx --data mnist --sparsity 0.9 --criterion taylor --schedule-pruning cubic --output tuned.lace',
  ],
  declare(command) {
    addTeacherOptions(addTrainingOptions(command, 5)).addOption(
      choice('--batch-norm <mode>', 'follow the statistics of batches, or keep those of the model', [
        'train',
        'frozen',
      ]).default('train'),
    );
    addPruningOptions(command, allCriteria)
      .addOption(
        choice(
          '--schedule-pruning <name>',
          'when weights go, with --sparsity or --pattern (default: iterative)',
          scheduleNames,
        ),
      )
      .option('--rounds <n>', 'of iterative pruning (default: 5)', wholeNumber(1))
      .option(
        '--prune-until <share>',
        'share of the training after which pruning is over (default: 0.6)',
        numberBetween(0, 1),
      )
      .action(async (path: string, options: Options) => {
        const { graph, adopted } = adoptZeros(await readModelFile(path));
        if (adopted.length > 0) remark(`kept as pruned, for they are mostly zeros: ${adopted.join(', ')}`);
        const names = graph.inputs.map(({ name }) => name);
        const teacher = await teacherOf(options);
        await runTraining(graph, await readFiles(options, names, teacher !== undefined), options, {
          prunerFor: (model, steps) => prunerOf(model, steps, options),
          ...(teacher && { teacher }),
          batchNorm: options.batchNorm,
        });
      });
  },
};

/** Throws UsageError for pruning options that lack a sparsity, or that contradict each other. */
function prunerOf(graph: Graph, steps: number, options: Options): Pruner | undefined {
  const { schedulePruning, rounds, pruneUntil = 0.6 } = options;
  const asked = pruneOptionsOf(options);
  if (asked.sparsity === undefined && asked.pattern === undefined) {
    const alone = Object.keys({ ...asked, ...(schedulePruning && { schedulePruning }), ...(rounds && { rounds }) });
    if (alone.length > 0) throw new UsageError(`finetune: want --sparsity or --pattern with ${alone.join(', ')}`);
    return undefined;
  }
  const name = schedulePruning ?? 'iterative';
  if (rounds !== undefined && name !== 'iterative')
    throw new UsageError(`--rounds: want --schedule-pruning iterative, got ${name}`);
  const initialSparsity = sparsityNow(graph, options);
  const stretches = name === 'iterative' ? (rounds ?? 5) : 50;
  const every = Math.floor((steps * pruneUntil) / stretches);
  if (name === 'oneShot' || every === 0) return createPruner(asked);
  const schedule = name === 'iterative' ? iterative(stretches) : cubic;
  return createPruner({ ...asked, schedule, initialSparsity, begin: 0, end: every * stretches, every });
}

/** What is pruned already of the weights that are meant: where schedules start from. Complains about names that are nobody's. */
function sparsityNow(graph: Graph, { target, ignore, sparsity = 1 }: Options): number {
  const selection = pruneOptionsOf({ ...(target && { target }), ...(ignore && { ignore }) });
  let [gone, all] = [0, 0];
  for (const { data, keep } of createPruner({ ...selection, sparsity: 0 }).weights(graph)) {
    all += data.length;
    for (const bit of keep ?? []) gone += 1 - bit;
  }
  return Math.min(gone / Math.max(1, all), sparsity);
}
