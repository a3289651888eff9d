/** A run that is killed and resumed ends with the same bits as one that is not. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { densified } from '../../src/formats/densify.ts';
import { mlp } from '../../src/models/index.ts';
import { createPruner, iterative, prune } from '../../src/prune/index.ts';
import { adam, type FitOptions, fit, sgd, Trainer, type TrainerOptions } from '../../src/train/index.ts';
import { clusters } from './data.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const data = clusters(130, 30, 4, 2);
const dense = () => mlp([30, 40, 20, 4], { seed: 2 });

function bitsOf(trainer: Trainer): [string, string][] {
  return [...trainer.graph().constants].map(([name, constant]) => {
    const { buffer, byteOffset, byteLength } = densified(constant).data;
    return [name, Buffer.from(buffer, byteOffset, byteLength).toString('hex')];
  });
}

const cases: readonly (readonly [string, () => ReturnType<typeof dense>, TrainerOptions, Partial<FitOptions>])[] = [
  ['dense, adam', dense, { optimizer: adam(), seed: 5 }, {}],
  [
    'sparse, momentum',
    () => prune(dense(), { sparsity: 0.85 }).graph,
    { optimizer: sgd({ momentum: 0.9 }), seed: 6 },
    {},
  ],
  ['masked 2:4, adam', () => prune(dense(), { pattern: '2:4' }).graph, { optimizer: adam() }, {}],
  [
    'pruned on the way, clipped',
    dense,
    { optimizer: sgd({ momentum: 0.9 }), clip: { norm: 1 }, seed: 7 },
    { pruner: createPruner({ sparsity: 0.95, schedule: 'cubic', end: 18, every: 3 }) },
  ],
  [
    'pruned in place, with two items in the last batch of an epoch, which other kernels may take',
    () => prune(dense(), { sparsity: 0.84, targets: ['fc1.weight'] }).graph,
    { optimizer: sgd({ momentum: 0.9 }), seed: 6 },
    {
      epochs: 5,
      batchSize: 32,
      pruner: createPruner({
        sparsity: 0.915,
        initialSparsity: 0.84,
        schedule: 'cubic',
        end: 12,
        every: 3,
        targets: ['fc1.weight'],
      }),
    },
  ],
  [
    'pruned on the way by taylor',
    dense,
    { optimizer: adam(), seed: 8 },
    { pruner: createPruner({ sparsity: 0.9, criterion: 'taylor', schedule: iterative(4), end: 12, every: 2 }) },
  ],
];

describe.each(cases)('%s', (_, graph, trainerOptions, fitOptions) => {
  const options: FitOptions = {
    epochs: 4,
    batchSize: 24,
    learningRate: (step) => 0.05 / (1 + step / 10),
    ...fitOptions,
  };

  it.each([1, 7, 13, 20])('killed at step %i', async (killAt) => {
    using whole = await Trainer.create(graph(), trainerOptions);
    await fit(whole, data, options);

    let saved: Uint8Array | undefined;
    const abort = new AbortController();
    {
      using first = await Trainer.create(graph(), trainerOptions);
      const save = (bytes: Uint8Array) => {
        if (first.progress.step <= killAt) saved = bytes;
      };
      const onProgress = ({ step }: { step: number }) => step >= killAt + 1 && abort.abort();
      await fit(first, data, { ...options, checkpoint: { save, every: killAt }, signal: abort.signal, onProgress });
    }
    using second = await Trainer.create(graph(), trainerOptions);
    if (!saved) throw new Error('no checkpoint was written');
    second.restore(saved);
    expect(second.progress.step).toBe(killAt);
    await fit(second, data, options);
    expect(bitsOf(second)).toEqual(bitsOf(whole));
  });
});

describe('a checkpoint', () => {
  it('survives writing and reading bit by bit', async () => {
    using trainer = await Trainer.create(prune(dense(), { sparsity: 0.9 }).graph, { optimizer: adam() });
    await fit(trainer, data, { epochs: 1 });
    const bytes = trainer.checkpoint();
    trainer.restore(bytes);
    expect(Buffer.from(trainer.checkpoint()).equals(Buffer.from(bytes))).toBe(true);
  });

  it('of another model, or cut short, is refused', async () => {
    using trainer = await Trainer.create(dense());
    using other = await Trainer.create(mlp([30, 7, 4]));
    const bytes = trainer.checkpoint();
    expect(() => other.restore(bytes)).toThrow(ModelError);
    for (const length of [0, 5, 100, bytes.length - 1])
      expect(() => trainer.restore(bytes.slice(0, length))).toThrow(ModelError);
    trainer.restore(bytes);
  });
});
