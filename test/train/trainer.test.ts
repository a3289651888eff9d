import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { densified } from '../../src/formats/densify.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp } from '../../src/models/index.ts';
import { createPruner, prune } from '../../src/prune/index.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { batchOf } from '../../src/train/data.ts';
import { adam, adamW, applyPruner, cosine, fit, type Optimizer, sgd, Trainer, warmUp } from '../../src/train/index.ts';
import { clusters } from './data.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const data = clusters(240, 36, 5);
const model = () => mlp([36, 24, 17, 5], { seed: 3 });
const optimizers: readonly (readonly [string, () => Optimizer])[] = [
  ['sgd', () => sgd()],
  ['sgd with momentum and decay', () => sgd({ momentum: 0.9, weightDecay: 1e-3 })],
  ['nesterov', () => sgd({ momentum: 0.9, nesterov: true })],
  ['adam', () => adam()],
  ['adamW', () => adamW()],
];
const batch = batchOf(
  data,
  Uint32Array.from({ length: 30 }, (_, i) => i),
);

function weightsOf(graph: Graph): Map<string, Float32Array> {
  return new Map([...graph.constants].map(([name, constant]) => [name, densified(constant).data as Float32Array]));
}

describe('training', () => {
  it('learns', async () => {
    using trainer = await Trainer.create(model(), { learningRate: 0.05, seed: 1 });
    const before = trainer.evaluate(data);
    const { epochs } = await fit(trainer, data, { epochs: 12, batchSize: 32, validation: data });
    expect(before.error).toBeGreaterThan(0.5);
    expect(epochs.at(-1)?.validation?.error).toBeLessThan(0.05);
  });

  it('takes the same steps for the same seed', async () => {
    const run = async () => {
      using trainer = await Trainer.create(model(), { seed: 4 });
      await fit(trainer, data, { epochs: 2, batchSize: 50 });
      return weightsOf(trainer.graph());
    };
    expect(await run()).toEqual(await run());
  });

  it('descends along the gradient: one plain step is w - lr g', async () => {
    using trainer = await Trainer.create(model(), { optimizer: sgd(), learningRate: 0.1 });
    const gradients = trainer.gradients(batch);
    const before = weightsOf(trainer.graph());
    trainer.step(batch);
    for (const [name, gradient] of gradients) {
      const after = trainer.weight(name);
      gradient.forEach((g, i) => expect(after[i]).toBeCloseTo((before.get(name)?.[i] ?? 0) - 0.1 * g, 5));
    }
  });

  it('streams from an async iterable', async () => {
    using trainer = await Trainer.create(model());
    async function* epoch() {
      yield batch;
      yield batch;
    }
    await fit(trainer, epoch, { epochs: 3 });
    expect(trainer.progress.step).toBe(6);
  });

  it('clips by the global norm and by value', async () => {
    for (const clip of [{ norm: 1e-3 }, { value: 1e-5 }]) {
      using trainer = await Trainer.create(model(), { optimizer: sgd(), learningRate: 1, clip });
      const before = weightsOf(trainer.graph());
      trainer.step(batch);
      let squares = 0;
      let largest = 0;
      for (const name of trainer.parameters)
        trainer.weight(name).forEach((w, i) => {
          const move = w - (before.get(name)?.[i] ?? 0);
          squares += move * move;
          largest = Math.max(largest, Math.abs(move));
        });
      if ('norm' in clip) expect(Math.sqrt(squares)).toBeCloseTo(1e-3, 5);
      else expect(largest).toBeLessThan(1.1e-5);
    }
  });

  it('stops early when validation gets no better', async () => {
    using trainer = await Trainer.create(model(), { learningRate: 0 });
    const { stopped, epochs } = await fit(trainer, data, { epochs: 50, validation: data, earlyStop: { patience: 2 } });
    expect(stopped).toBe('early');
    expect(epochs.length).toBe(3);
  });

  it('stops at a loss that is not finite, names the tensor and leaves the weights alone', async () => {
    using trainer = await Trainer.create(model(), { optimizer: sgd(), learningRate: 0.1 });
    const before = weightsOf(trainer.graph());
    const bad = {
      ...batch,
      inputs: {
        image: new Tensor(
          'float32',
          Float32Array.from({ length: 30 * 36 }, (_, i) => (i === 40 ? Number.NaN : 1)),
          [30, 36],
        ),
      },
    };
    expect(() => trainer.step(bad)).toThrow(
      /training step 1: the loss is NaN; the first tensor that went bad is input "image" \(NaN at 40\)/,
    );
    expect(weightsOf(trainer.graph())).toEqual(before);
    expect(trainer.step(batch).loss).toBeLessThan(10);
  });

  it('names a weight that went bad first', async () => {
    const graph = model();
    const constants = new Map(graph.constants);
    const data2 = new Float32Array(17).fill(Number.POSITIVE_INFINITY);
    constants.set('fc2.bias', { encoding: 'dense', dtype: 'float32', shape: [17], data: data2 });
    using trainer = await Trainer.create({ ...graph, constants });
    expect(() => trainer.step(batch)).toThrow(/weight "fc2.bias"/);
  });

  it('refuses labels outside the classes and stays usable', async () => {
    using trainer = await Trainer.create(model());
    const wrong = { ...batch, targets: new Tensor('int32', new Int32Array(30).fill(9), [30]) };
    expect(() => trainer.step(wrong)).toThrow(UsageError);
    expect(trainer.step(batch).loss).toBeGreaterThan(0);
  });

  it('trains by mean squared error too', async () => {
    const builder = graphBuilder('line');
    const x = builder.input('x', 'float32', ['n', 1]);
    const w = builder.constant('w', { encoding: 'dense', dtype: 'float32', shape: [1, 1], data: Float32Array.of(0) });
    builder.output(builder.node('matmul', [x, w]));
    using trainer = await Trainer.create(builder.build(), { loss: 'mse', learningRate: 0.1, optimizer: sgd() });
    const xs = new Tensor('float32', [1, 2, 3, 4], [4, 1]);
    const ys = new Tensor('float32', [2, 4, 6, 8], [4, 1]);
    for (let i = 0; i < 50; i++) trainer.step({ inputs: { x: xs }, targets: ys });
    expect(trainer.weight('w')[0]).toBeCloseTo(2, 4);
  });

  it('evaluates the weights that it trains, be they shared or of a shape that fusion would change', async () => {
    const builder = graphBuilder('shared');
    const x = builder.input('x', 'float32', ['n', 2, 4, 4]);
    const sine = (shape: number[], step: number) => {
      const data = Float32Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        (_, i) => Math.sin(i * step + 1) / 2,
      );
      return { encoding: 'dense', dtype: 'float32', shape, data } as const;
    };
    const bias = builder.constant('bias', sine([3, 1, 1], 1));
    const once = builder.constant('once', sine([3, 1, 1], 2));
    const conv = (step: number) => builder.node('conv2d', [x, builder.constant('w', sine([3, 2, 1, 1], step))]);
    const [a, b, c] = [bias, bias, once].map((name, i) => builder.node('add', [conv(i + 1), name]));
    builder.output(builder.node('add', [builder.node('tanh', [builder.node('add', [a, b])]), c]));
    using trainer = await Trainer.create(builder.build(), { loss: 'mse', learningRate: 0.1, optimizer: sgd() });
    const inputs = { x: new Tensor('float32', sine([2, 2, 4, 4], 3).data, [2, 2, 4, 4]) };
    const images = { inputs, targets: new Tensor('float32', new Float32Array(96).fill(2), [2, 3, 4, 4]) };
    trainer.evaluate(images);
    for (let i = 0; i < 10; i++) trainer.step(images);
    const { loss } = trainer.evaluate(images);
    expect(trainer.step(images).loss).toBeCloseTo(loss, 5);
    expect(trainer.graph().constants.get('once')?.shape).toEqual([3, 1, 1]);
    expect(trainer.graph().constants.get('bias')?.shape).toEqual([3, 1, 1]);
  });

  it('schedules warm up and cool down', () => {
    const rate = warmUp(10, cosine({ rate: 1, steps: 100 }));
    expect(rate(0)).toBeCloseTo(0.1);
    expect(rate(10)).toBeCloseTo(1);
    expect(rate(60)).toBeCloseTo(0.5);
    expect(rate(500)).toBeCloseTo(0);
  });
});

describe('pruned weights', () => {
  const patterns = [
    ['unstructured', 'unstructured', 0.8],
    ['unstructured, little', 'unstructured', 0.3],
    ['4x1 blocks', { block: [4, 1] }, 0.75],
    ['2x1 blocks', { block: [2, 1] }, 0.75],
    ['1:4', '1:4', undefined],
    ['2:4', '2:4', undefined],
  ] as const;

  describe.each(patterns)('%s', (_, pattern, sparsity) => {
    it.each(optimizers)('hold their masks exactly after every step of %s', async (__, optimizer) => {
      const { graph } = prune(model(), { pattern, ...(sparsity !== undefined && { sparsity }) });
      using trainer = await Trainer.create(graph, { optimizer: optimizer(), learningRate: 0.01 });
      const masks = new Map(trainer.parameters.map((name) => [name, trainer.mask(name)]));
      for (let step = 0; step < 4; step++) {
        trainer.step(batch);
        for (const [name, mask] of masks) {
          const weight = trainer.weight(name);
          mask?.forEach((kept, i) => {
            if (!kept) expect(weight[i]).toBe(0);
          });
        }
      }
      const trained = trainer.graph();
      for (const [name, constant] of graph.constants)
        expect(trained.constants.get(name)?.encoding).toBe(constant.encoding);
    });

    it('take the same steps as dense weights under a mask', async () => {
      const { graph } = prune(model(), { pattern, ...(sparsity !== undefined && { sparsity }) });
      using sparse = await Trainer.create(graph, { optimizer: sgd(), learningRate: 0.05 });
      const { loss } = sparse.step(batch);
      const gradients = sparse.gradients(batch, ['fc1.weight']);
      const dense = await Trainer.create(
        { ...graph, constants: new Map([...graph.constants].map(([n, c]) => [n, densified(c)])) },
        { optimizer: sgd(), learningRate: 0.05 },
      );
      expect(dense.step(batch).loss).toBeCloseTo(loss, 5);
      const all = dense.gradients(batch, ['fc1.weight']).get('fc1.weight');
      expect(gradients.get('fc1.weight')?.length).toBe(all?.length);
      dense.dispose();
    });
  });

  it('cost what their non-zeros cost', async () => {
    const { graph } = prune(model(), { sparsity: 0.9 });
    using trainer = await Trainer.create(graph);
    const { dense, sparse } = trainer.stepCost(10);
    expect(sparse / dense).toBeCloseTo(0.1, 1);
    expect(dense).toBe(10 * (2 * 36 * 24 + 3 * 24 * 17 + 3 * 17 * 5));
  });

  it('train in convolutions', async () => {
    const { graph } = prune(lenet5({ seed: 1 }), { sparsity: 0.75 });
    using trainer = await Trainer.create(graph, { learningRate: 0.1 });
    const stripes = (i: number) => (Math.floor((i % 784) / 28) % 6 === Math.floor(i / 784) ? 1 : 0);
    const image = new Tensor(
      'float32',
      Float32Array.from({ length: 6 * 784 }, (_, i) => stripes(i)),
      [6, 1, 28, 28],
    );
    const targets = new Tensor('int32', [0, 1, 2, 3, 4, 5], [6]);
    const first = trainer.step({ inputs: { image }, targets }).loss;
    let last = first;
    for (let i = 0; i < 40; i++) last = trainer.step({ inputs: { image }, targets }).loss;
    expect(last).toBeLessThan(first * 0.5);
  });

  it('get sparser while training, in place', async () => {
    using trainer = await Trainer.create(model(), { learningRate: 0.05 });
    const pruner = createPruner({ sparsity: 0.9, schedule: 'cubic', begin: 0, end: 40, every: 5 });
    await fit(trainer, data, { epochs: 12, batchSize: 40, pruner, validation: data });
    const mask = trainer.mask('fc1.weight') ?? new Uint8Array();
    expect(mask.reduce((a, b) => a + b, 0)).toBe(Math.round(0.1 * 36 * 24));
    expect(trainer.evaluate(data).error).toBeLessThan(0.1);
  });

  it.each(['magnitude', 'taylor', 'random'] as const)('are chosen by %s', async (criterion) => {
    using trainer = await Trainer.create(model());
    applyPruner(trainer, createPruner({ criterion, sparsity: 0.5 }), 0.5, batch);
    expect(trainer.mask('fc2.weight')?.reduce((a, b) => a + b, 0)).toBe(Math.round(0.5 * 24 * 17));
  });
});
