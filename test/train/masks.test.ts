/** A mask that changes in place, against a trainer that is built anew with that mask and these states. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/file/safetensors.ts';
import { keepOf } from '../../src/formats/table.ts';
import { lenet5, mlp } from '../../src/models/index.ts';
import { type PatternOption, prune } from '../../src/prune/index.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { batchOf } from '../../src/train/data.ts';
import { adam, type Batch, type Dataset, sgd, Trainer } from '../../src/train/index.ts';
import { distance, gaussian } from '../kernels/harness.ts';
import { clusters } from './data.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const patterns: readonly (readonly [string, PatternOption])[] = [
  ['unstructured', 'unstructured'],
  ['2x1 blocks', { block: [2, 1] }],
  ['4x1 blocks', { block: [4, 1] }],
  ['3x2 blocks', { block: [3, 2] }],
];
const optimizers = [
  ['sgd', () => sgd()],
  ['momentum', () => sgd({ momentum: 0.9 })],
  ['adam', () => adam()],
] as const;

/** The checkpoint of a trainer, without the masks that its plans were made for: who restores it makes plans for its own. */
function unplanned(trainer: Trainer): Uint8Array {
  const { tensors, metadata } = readSafetensors(trainer.checkpoint());
  const own = [...tensors].filter(([name]) => !name.endsWith(':planned'));
  // Had the trainer been built anew, there would be none.
  expect(own.length).toBeLessThan(tensors.size);
  return writeSafetensors(new Map(own), metadata);
}

/** The mask without the smallest weights, or blocks of them: a tenth of what it has. */
function thinner(trainer: Trainer, name: string, pattern: PatternOption): Uint8Array {
  const { graph } = prune(trainer.graph(), {
    pattern,
    sparsity: 0.1 + 0.9 * sparsityOf(trainer, name),
    targets: [name],
  });
  const mask = trainer.mask(name) ?? new Uint8Array();
  const constant = graph.constants.get(name);
  if (!constant || constant.encoding === 'dense') throw new Error(`${name} is sparse`);
  const left = keepOf(constant);
  return mask.map((bit, i) => bit & left[i]);
}

function sparsityOf(trainer: Trainer, name: string): number {
  const mask = trainer.mask(name) ?? new Uint8Array();
  return 1 - mask.reduce((sum, bit) => sum + bit, 0) / mask.length;
}

function twins(trainer: Trainer, twin: Trainer, batch: Batch, data: Dataset): void {
  for (let step = 0; step < 3; step++) expect(twin.step(batch).loss).toBeCloseTo(trainer.step(batch).loss, 5);
  expect(twin.evaluate(data, 7).loss).toBeCloseTo(trainer.evaluate(data, 7).loss, 5);
  // One item at a time runs on kernels, and forms, of its own.
  expect(twin.evaluate(data, 1).loss).toBeCloseTo(trainer.evaluate(data, 1).loss, 5);
  for (const name of trainer.parameters) {
    expect(twin.mask(name), name).toEqual(trainer.mask(name));
    expect(distance(twin.weight(name), trainer.weight(name)), name).toBeLessThan(1e-5);
    const mask = trainer.mask(name);
    if (mask) expect(trainer.weight(name).every((w, i) => mask[i] === 1 || w === 0)).toBe(true);
  }
}

describe.each(patterns)('%s', (_, pattern) => {
  it.each(optimizers)('shrink again and again under %s like weights that are packed anew', async (__, optimizer) => {
    const data = clusters(30, 36, 5);
    const batch = batchOf(
      data,
      Uint32Array.from({ length: 20 }, (___, i) => i),
    );
    const { graph } = prune(mlp([36, 50, 30, 5], { seed: 3 }), { pattern, sparsity: 0.8 });
    const options = { optimizer: optimizer(), learningRate: 0.01 };
    using trainer = await Trainer.create(graph, options);
    using twin = await Trainer.create(graph, options);
    for (let round = 0; round < 4; round++) {
      // The first time nothing is in memory yet.
      if (round > 0) trainer.step(batch);
      if (round === 1) trainer.evaluate(data, 1);
      const masks = ['fc1.weight', 'fc2.weight'].map(
        (name) => [name, { keep: thinner(trainer, name, pattern) }] as const,
      );
      trainer.setMasks(new Map(masks));
      for (const [name, { keep }] of masks) expect(trainer.mask(name)).toEqual(keep);
      twin.restore(unplanned(trainer));
      twins(trainer, twin, batch, data);
    }
  });
});

it('filters of a convolution shrink too', async () => {
  const { graph } = prune(lenet5({ seed: 1 }), { sparsity: 0.85 });
  const options = { optimizer: sgd({ momentum: 0.9 }), learningRate: 0.01 };
  using trainer = await Trainer.create(graph, options);
  using twin = await Trainer.create(graph, options);
  const batch = {
    inputs: { image: new Tensor('float32', gaussian(1, 5 * 784), [5, 1, 28, 28]) },
    targets: new Tensor('int32', [0, 1, 2, 3, 4], [5]),
  };
  const names = trainer.parameters.filter((name) => trainer.mask(name));
  for (let round = 0; round < 2; round++) {
    trainer.step(batch);
    trainer.setMasks(new Map(names.map((name) => [name, { keep: thinner(trainer, name, 'unstructured') }])));
    twin.restore(unplanned(trainer));
    twins(trainer, twin, batch, batch);
  }
});
