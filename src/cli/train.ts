/** `lacewing train`: a model from a file, or a new one, learns from data. */
import { invariant, UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { lenet5, mlp, vit } from '../models/index.ts';
import { classesOf } from './dataset.ts';
import { adoptZeros, readModelFile } from './model-file.ts';
import { choice, wholeNumbers } from './options.ts';
import { remark } from './text.ts';
import { readFiles, runTraining, type TrainingFiles } from './training.ts';
import { addTrainingOptions, type TrainingOptions } from './training-options.ts';
import type { Verb } from './verb.ts';

interface TrainOptions extends TrainingOptions {
  readonly architecture?: keyof typeof architectures;
  readonly hidden: readonly number[];
}

/** What a new model has to fit: the extents of one item, and how many numbers come out. */
interface Task {
  readonly item: readonly number[];
  readonly outputs: number;
  readonly seed: number;
  readonly hidden: readonly number[];
}

const architectures = {
  mlp: ({ item, outputs, seed, hidden }: Task) =>
    mlp([item.reduce((product, extent) => product * extent, 1), ...hidden, outputs], { seed }),
  lenet5: ({ seed }: Task) => lenet5({ seed }),
  vit: ({ item, outputs, seed }: Task) => {
    const { channels, image } = imageOf(item);
    return vit({ image, channels, classes: outputs, seed });
  },
} as const satisfies Readonly<Record<string, (task: Task) => Graph>>;

/** Square images, [side, side] or [channels, side, side]. */
function imageOf(item: readonly number[]): { readonly channels: number; readonly image: number } {
  const [channels, height, width] = item.length === 2 ? [1, ...item] : item;
  if (item.length < 2 || item.length > 3 || height !== width)
    throw new UsageError(
      `--architecture vit: want square images [side, side] or [channels, side, side], got items [${item.join(', ')}]`,
    );
  return { channels, image: height };
}

export const train: Verb = {
  signature: 'train [model]',
  summary: 'train a model from a file, or a new one, on .npy data',
  examples: [
    'train --architecture mlp --data mnist --epochs 8 --output mnist.lace',
    'train model.onnx --inputs x.npy --targets y.npy --optimizer sgd --lr 0.05 --output trained.onnx',
    'train --architecture mlp --hidden 64,32 --inputs x.npy --targets y.npy --loss mse --output model.lace',
    'train model.onnx --inputs x.npy --targets y.npy --checkpoint run.ckpt --resume --output trained.lace',
  ],
  declare(command) {
    command
      .addOption(choice('--architecture <name>', 'a new model instead of a file', Object.keys(architectures)))
      .option('--hidden <sizes>', 'hidden layers of the architecture mlp', wholeNumbers, [300, 100]);
    addTrainingOptions(command, 10).action(async (path: string | undefined, options: TrainOptions) => {
      if ((path === undefined) === (options.architecture === undefined))
        throw new UsageError('train: want either a model file or --architecture');
      if (path === undefined) {
        const files = await readFiles(options, ['image']);
        return runTraining(newModel(files, options), files, options);
      }
      const { graph, adopted } = adoptZeros(await readModelFile(path));
      if (adopted.length > 0) remark(`kept as pruned, for they are mostly zeros: ${adopted.join(', ')}`);
      const names = graph.inputs.map(({ name }) => name);
      return runTraining(graph, await readFiles(options, names), options);
    });
  },
};

function newModel({ training }: TrainingFiles, { architecture, hidden, seed, loss }: TrainOptions): Graph {
  const [inputs] = training.inputs.values();
  const item = inputs.shape.slice(1);
  const { targets } = training;
  invariant(targets, 'without a teacher, data has targets');
  const outputs = loss === 'crossEntropy' ? Math.max(2, classesOf(targets)) : (targets.shape[1] ?? 1);
  return architectures[architecture ?? 'mlp']({ item, outputs, seed, hidden });
}
