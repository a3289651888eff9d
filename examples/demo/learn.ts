/** The two stages of learning: dense, then while and after pruning. */
import type { Graph } from 'lacewing';
import { createPruner, iterative } from 'lacewing/prune';
import { cosine, fit, Trainer, warmUp } from 'lacewing/train';
import { batchesOf } from './batches.ts';
import type { Images } from './mnist.ts';
import type { NamedPattern } from './patterns.ts';
import { progress } from './progress.ts';
import type { Recipe } from './recipes.ts';

export interface Learning {
  readonly recipe: Recipe;
  readonly images: Images;
  readonly epochs: number;
  readonly seed: number;
}

/** Rounds in which magnitude pruning reaches its target, and the share of the steps that they take. */
const ROUNDS = 8;
const PRUNING_SHARE = 0.5;
/** The share of the steps in which the learning rate rises to its full height. */
const WARM_UP_SHARE = 0.03;

export interface Pruning {
  readonly pattern: NamedPattern;
  readonly sparsity: number;
}

/**
 * Trains the graph for the given passes and returns it with its new weights. With `pruning`, the smallest weights go in
 * rounds during the first half of the steps, and what is left goes on learning.
 */
export async function learn(stage: string, graph: Graph, learning: Learning, pruning?: Pruning): Promise<Graph> {
  const { recipe, images, epochs, seed } = learning;
  const { batchSize, item, shift } = recipe;
  const perEpoch = Math.ceil(images.count / batchSize);
  const steps = epochs * perEpoch;
  const rising = Math.ceil(steps * WARM_UP_SHARE);
  using trainer = await Trainer.create(graph, { optimizer: recipe.optimizer(), seed });
  const bar = progress(stage, steps);
  let loss = Number.NaN;
  await fit(trainer, batchesOf(images, { item, batchSize, seed: seed + (pruning ? 1000 : 0), shift }), {
    epochs,
    learningRate: warmUp(rising, cosine({ rate: pruning ? recipe.retrainRate : recipe.rate, steps: steps - rising })),
    ...(pruning && { pruner: prunerFor(pruning, steps) }),
    onProgress(report) {
      // Steps are many and terminals slow: the note is enough now and then.
      loss = Number.isNaN(loss) ? report.loss : 0.98 * loss + 0.02 * report.loss;
      const done = (report.epoch - 1) * perEpoch + report.inEpoch;
      if (done % 20 === 0 || done === steps)
        bar.update(done, `epoch ${report.epoch}/${epochs}  loss ${loss.toFixed(4)}${zeros(report.sparsity)}`);
    },
    onEpoch: (report) => bar.milestone(`epoch ${report.epoch}/${epochs}  loss ${report.loss.toFixed(4)}`),
  });
  bar.end(`${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, loss ${loss.toFixed(4)}`);
  return trainer.graph();
}

function prunerFor({ pattern, sparsity }: Pruning, steps: number) {
  const every = Math.max(1, Math.floor((steps * PRUNING_SHARE) / ROUNDS));
  return createPruner({
    criterion: 'magnitude',
    pattern: pattern.option,
    scope: 'global',
    sparsity,
    schedule: iterative(ROUNDS),
    end: every * ROUNDS,
    every,
  });
}

function zeros(sparsity: number | undefined): string {
  return sparsity === undefined ? '' : `  ${(100 * sparsity).toFixed(1)} % zeros`;
}
