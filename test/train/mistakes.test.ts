/** What a trainer refuses, and that it is as it was after refusing. */
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import { mlp } from '../../src/models/index.ts';
import { createPruner, prune } from '../../src/prune/index.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import {
  adam,
  adamW,
  applyPruner,
  fit,
  type PrunedMask,
  sgd,
  Trainer,
  type TrainerOptions,
} from '../../src/train/index.ts';
import { clusters } from './data.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const data = clusters(64, 8, 3, 1);
const model = () => mlp([8, 6, 3], { seed: 1 });
const zeros = { encoding: 'dense', dtype: 'float32' } as const;
const csr = { encoding: 'csr', outputAxis: 1 } as const;

describe('options', () => {
  it.each<[TrainerOptions, RegExp]>([
    [{ clip: { norm: -1 } }, /clip: want \{ norm \} or \{ value \} of a number > 0, got {"norm":-1}/],
    [{ clip: { value: Number.NaN } }, /got {"value":"NaN"}/],
    [{ clip: {} as never }, /clip: want .*, got {}/],
    [{ batchNorm: 'off' as never }, /batchNorm: want 'train' or 'frozen', got "off"/],
    [{ labels: 'float32' as never }, /labels: want 'int32' or 'int64', got "float32"/],
    [{ loss: 'toString' as never }, /loss: want 'crossEntropy' or 'mse', got "toString"/],
    [{ seed: 1.5 }, /seed: want a whole number, got 1.5/],
    [{ learningRate: '1' as never }, /learningRate: want a number or a function of the step, got string/],
    [{ maxMemory: -1 }, /maxMemory: want a whole number from 1, got -1/],
    [{ parameters: ['nope'] }, /parameter "nope": want/],
  ])('%j', async (options, message) => {
    await expect(Trainer.create(model(), options)).rejects.toThrow(UsageError);
    await expect(Trainer.create(model(), options)).rejects.toThrow(message);
  });

  it('of optimizers', () => {
    expect(() => sgd({ momentum: -1 })).toThrow('sgd momentum: want a number >= 0, got -1');
    expect(() => sgd({ weightDecay: Number.NaN })).toThrow('sgd weightDecay: want a number >= 0, got NaN');
    expect(() => sgd({ nesterov: true })).toThrow('sgd nesterov: want momentum > 0, got 0');
    expect(() => adam({ beta1: 1 })).toThrow('adam beta1: want a number >= 0 and < 1, got 1');
    expect(() => adamW({ epsilon: 0 })).toThrow('adamW epsilon: want a number > 0, got 0');
  });

  it('of fit and evaluate', async () => {
    using trainer = await Trainer.create(model());
    await expect(fit(trainer, data, { epochs: -1 })).rejects.toThrow('want epochs as a whole number from 0, got -1');
    const earlyStop = { patience: 1, minDelta: Number.NaN };
    await expect(fit(trainer, data, { epochs: 1, validation: data, earlyStop })).rejects.toThrow(/want minDelta/);
    await expect(fit(trainer, [] as never, { epochs: 1 })).rejects.toThrow(/want tensors .* or a function/);
    await expect(fit(trainer, async function* () {}, { epochs: 1 })).rejects.toThrow(
      /want batches in epoch 1, got none/,
    );
    expect(() => trainer.evaluate(data, 0)).toThrow(/evaluate: want batchSize as a whole number from 1, got 0/);
  });
});

it('a model that uses a name which training needs is refused', async () => {
  const graph = model();
  const constants = new Map(graph.constants).set('fc1.weight:mean', {
    ...zeros,
    shape: [48],
    data: new Float32Array(48),
  });
  const create = Trainer.create({ ...graph, constants }, { optimizer: adam(), parameters: ['fc1.weight'] });
  await expect(create).rejects.toThrow('training needs the name "fc1.weight:mean"');
});

describe('masks', () => {
  const keep = (size: number, kept: (i: number) => boolean) => Uint8Array.from({ length: size }, (_, i) => +kept(i));
  const set = (trainer: Trainer, name: string, mask: PrunedMask) => trainer.setMasks(new Map([[name, mask]]));
  const bsr = { encoding: 'bsr', outputAxis: 1, block: [2, 1] } as const;
  const nm = { encoding: 'nm', outputAxis: 1, n: 1, m: 4, sharedRows: 1 } as const;

  it.each<[string, string, PrunedMask, RegExp]>([
    ['of another length', 'fc1.weight', { keep: new Uint8Array(3), pattern: csr }, /want 48 elements, got 3/],
    ['of no parameter', 'nobody', { keep: new Uint8Array(3), pattern: csr }, /want one of the trained constants/],
    ['without a pattern', 'fc1.weight', { keep: new Uint8Array(48) }, /want the pattern it follows/],
    ['along no axis', 'fc1.weight', { keep: new Uint8Array(48), pattern: { ...csr, outputAxis: 2 } }, /output axis/],
    ['of parts of blocks', 'fc1.weight', { keep: keep(48, (i) => i === 7), pattern: bsr }, /whole blocks .* at 6/],
    [
      'with too many of M',
      'fc1.weight',
      { keep: keep(48, (i) => i < 12), pattern: nm },
      /"fc1.weight": nm: want at most 1/,
    ],
  ])('%s are refused and nothing has changed', async (_, name, mask, message) => {
    using trainer = await Trainer.create(model());
    trainer.step(data);
    const before = trainer.checkpoint();
    expect(() => set(trainer, name, mask)).toThrow(UsageError);
    expect(() => set(trainer, name, mask)).toThrow(message);
    expect(trainer.checkpoint()).toEqual(before);
    trainer.step(data);
  });

  it.each([
    ['dense', 0.5],
    ['sparse', 0.9],
  ])('of parts of blocks are refused of a weight that is pruned already and trains %s', async (_, sparsity) => {
    const { graph } = prune(mlp([32, 24, 3]), { sparsity, pattern: { block: [2, 1] } });
    using trainer = await Trainer.create(graph);
    trainer.step(clusters(8, 32, 3, 1));
    const mask = trainer.mask('fc1.weight')?.slice() ?? new Uint8Array();
    mask[mask.indexOf(1)] = 0;
    expect(() => set(trainer, 'fc1.weight', { keep: mask })).toThrow(/want whole blocks/);
    trainer.step(clusters(8, 32, 3, 1));
  });

  it('belong to the trainer, and anything but 0 keeps', async () => {
    using trainer = await Trainer.create(model(), { learningRate: 0.5 });
    const mask = keep(48, (i) => i % 4 === 0).map((bit) => bit * 255);
    set(trainer, 'fc1.weight', { keep: mask, pattern: csr });
    mask.fill(255);
    for (let i = 0; i < 3; i++) trainer.step(data);
    expect(trainer.weight('fc1.weight').every((w, i) => i % 4 === 0 || w === 0)).toBe(true);
    expect(trainer.mask('fc1.weight')).toEqual(keep(48, (i) => i % 4 === 0));
  });

  it('follow the pattern of the pruner that made them, not of an earlier one', async () => {
    const { graph } = prune(model(), { sparsity: 0.5, pattern: { block: [2, 1] }, targets: ['fc1.weight'] });
    using trainer = await Trainer.create(graph);
    trainer.step(data);
    applyPruner(trainer, createPruner({ sparsity: 0.8, targets: ['fc1.weight'] }), 0.8, data);
    expect(trainer.graph().constants.get('fc1.weight')?.encoding).toBe('csr');
    expect(trainer.mask('fc1.weight')?.reduce((a, b) => a + b, 0)).toBe(48 - Math.round(0.8 * 48));
  });
});

it('a disposed trainer tells nothing, for what it would tell is old', async () => {
  const trainer = await Trainer.create(model());
  trainer.step(data);
  trainer.dispose();
  trainer.dispose();
  for (const use of [
    () => trainer.step(data),
    () => trainer.weight('fc1.weight'),
    () => trainer.graph(),
    () => trainer.checkpoint(),
    () => trainer.mask('fc1.weight'),
    () => trainer.evaluate(data),
  ])
    expect(use).toThrow('this trainer is disposed');
});

it('a fit that was aborted is finished by the next, whose reports count on', async () => {
  using trainer = await Trainer.create(model());
  const abort = new AbortController();
  const options = { epochs: 5, batchSize: 16 };
  const onProgress = ({ step }: { step: number }) => step === 9 && abort.abort();
  expect((await fit(trainer, data, { ...options, signal: abort.signal, onProgress })).stopped).toBe('aborted');
  const seen = new Set<string>();
  await fit(trainer, data, { epochs: 2, batchSize: 16, onProgress: (r) => seen.add(`${r.epoch} of ${r.epochs}`) });
  expect([...seen]).toEqual(['3 of 5', '4 of 5', '5 of 5']);
  const { epochs } = await fit(trainer, data, { epochs: 2, batchSize: 16 });
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
});

it('the share of errors counts answers, of which an item may have many', async () => {
  const builder = graphBuilder('tagger');
  const x = builder.input('x', 'float32', ['n', 4, 2]);
  const weight = { encoding: 'dense', dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) } as const;
  builder.output(builder.node('matmul', [x, builder.constant('w', weight)]));
  using trainer = await Trainer.create(builder.build());
  const inputs = { x: new Tensor('float32', [1, 0, 1, 0, 1, 0, 1, 0], [1, 4, 2]) };
  const { error } = trainer.evaluate({ inputs, targets: new Tensor('int32', [0, 1, 1, 1], [1, 4]) });
  expect(error).toBe(0.75);
});
