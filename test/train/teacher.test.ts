/** Distillation: what a teacher says instead of targets, or beside them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { densified } from '../../src/formats/densify.ts';
import { keepOf } from '../../src/formats/table.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { mlp } from '../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { prune } from '../../src/prune/index.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { batchOf, type Dataset } from '../../src/train/data.ts';
import { adam, fit, sgd, type TeacherOptions, Trainer, type TrainerOptions } from '../../src/train/index.ts';
import { clusters } from './data.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const labelled = clusters(120, 12, 4, 3);
const { inputs } = labelled;
const unlabelled: Dataset = { inputs };
const teacher = mlp([12, 20, 4], { seed: 5 });
const pruned = () => prune(teacher, { sparsity: 0.75 }).graph;

/** The same with a softmax behind it, as exporters like to write it: over the last two axes flattened into one. */
function withSoftmax(graph: Graph): Graph {
  const builder = graphBuilder('softmax', { ...graph, outputs: [] });
  const [logits] = graph.outputs;
  const flat = builder.node('flatten', [logits], { axis: 1 }, 'flat');
  builder.output(
    builder.node('reshapeLike', [builder.node('softmax', [flat], { axis: -1 }, 'softmax'), logits], {}, 'out'),
  );
  return builder.build();
}

function numbers(graph: Graph): Map<string, number[]> {
  return new Map(
    [...graph.constants].map(([name, constant]) => [name, [...(densified(constant).data as Float32Array)]]),
  );
}

async function lossOf(graph: Graph, options: TeacherOptions, data: Dataset = unlabelled, more: TrainerOptions = {}) {
  using trainer = await Trainer.create(graph, { teacher: options, ...more });
  return trainer.evaluate(data, 50).loss;
}

/** What the graph says, read off the answers of it as a teacher. */
async function logitsOf(graph: Graph): Promise<{ data: Float32Array; classes: number }> {
  using trainer = await Trainer.create(graph, { teacher: { model: graph } });
  const [answer] = Object.values(trainer.answers(inputs));
  return { data: answer.data as Float32Array, classes: answer.dims[1] };
}

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

describe('the loss against a teacher', () => {
  it('is the divergence of the outputs, at any temperature', async () => {
    const student = pruned();
    const [p, q] = await Promise.all([teacher, student].map(logitsOf));
    for (const temperature of [1, 2.5]) {
      let sum = 0;
      for (let at = 0; at < p.data.length; at += p.classes) {
        const [a, b] = [p, q].map(({ data }) =>
          softmax([...data.subarray(at, at + p.classes)].map((value) => value / temperature)),
        );
        sum += a.reduce((total, share, i) => total + share * Math.log(share / b[i]), 0);
      }
      const wanted = (temperature ** 2 * sum) / (p.data.length / p.classes);
      expect(await lossOf(student, { model: teacher, temperature })).toBeCloseTo(wanted, 4);
    }
  });

  it('is 0 for the teacher itself', async () => {
    expect(await lossOf(teacher, { model: teacher, features: [firstHidden(teacher)] })).toBeCloseTo(0, 5);
  });

  it('looks at what goes into a softmax, on either side', async () => {
    const plain = await lossOf(pruned(), { model: teacher });
    expect(plain).toBeGreaterThan(0.01);
    for (const [student, model] of [
      [withSoftmax(pruned()), withSoftmax(teacher)],
      [pruned(), withSoftmax(teacher)],
      [withSoftmax(pruned()), teacher],
    ])
      expect(await lossOf(student, { model })).toBeCloseTo(plain, 5);
  });

  it('adds features as a share of their size, outputs by mean squares, and targets, each by its weight', async () => {
    const student = pruned();
    const value = firstHidden(teacher);
    const part = (options: TeacherOptions, data = unlabelled) => lossOf(student, { model: teacher, ...options }, data);
    const feature = await part({ weight: 0, features: [value] });
    expect(feature).toBeGreaterThan(0.01);
    expect(await part({ weight: 0, features: [{ value, teacher: value, weight: 3 }] })).toBeCloseTo(3 * feature, 4);
    const squares = await part({ loss: 'mse' });
    expect(await part({ loss: 'mse', weight: 0.5, features: [value] })).toBeCloseTo(0.5 * squares + feature, 4);
    using plain = await Trainer.create(student);
    const wanted = 0.25 * plain.evaluate(labelled, 50).loss + feature;
    expect(await part({ weight: 0, features: [value], targets: 0.25 }, labelled)).toBeCloseTo(wanted, 4);
  });
});

describe('training with a teacher', () => {
  const recipe: TrainerOptions = {
    teacher: { model: teacher, features: [firstHidden(teacher)] },
    optimizer: adam(),
    learningRate: 0.01,
    seed: 2,
  };

  it('recovers a pruned model without labels, its zeros staying zero through ONNX', async () => {
    const student = pruned();
    using trainer = await Trainer.create(student, recipe);
    const before = trainer.evaluate(unlabelled);
    expect(before.error).toBeUndefined();
    await fit(trainer, unlabelled, { epochs: 15, batchSize: 30, validation: unlabelled });
    expect(trainer.evaluate(unlabelled).loss).toBeLessThan(before.loss / 2);
    const exported = numbers(readOnnx(writeOnnx(trainer.graph())));
    for (const [name, constant] of student.constants) {
      if (constant.encoding === 'dense') continue;
      const values = exported.get(name);
      expect(values?.some((found) => found !== 0)).toBe(true);
      keepOf(constant).forEach((bit, i) => {
        if (!bit) expect(values?.[i]).toBe(0);
      });
    }
  });

  it('takes answers that come with the batch: the same steps without the model', async () => {
    using trainer = await Trainer.create(pruned(), recipe);
    const answers = trainer.answers(inputs);
    await fit(trainer, unlabelled, { epochs: 2, batchSize: 32 });
    const { model, ...rest } = recipe.teacher as TeacherOptions;
    using other = await Trainer.create(pruned(), { ...recipe, teacher: rest });
    await fit(other, { inputs, answers }, { epochs: 2, batchSize: 32 });
    expect(numbers(other.graph())).toEqual(numbers(trainer.graph()));
  });

  it('goes on from a checkpoint with the same bits', async () => {
    using whole = await Trainer.create(pruned(), recipe);
    await fit(whole, unlabelled, { epochs: 2, batchSize: 32 });
    using first = await Trainer.create(pruned(), recipe);
    const stop = new AbortController();
    await fit(first, unlabelled, {
      epochs: 2,
      batchSize: 32,
      signal: stop.signal,
      onProgress: ({ step }) => step === 5 && stop.abort(),
    });
    using second = await Trainer.create(pruned(), recipe);
    second.restore(first.checkpoint());
    await fit(second, unlabelled, { epochs: 2, batchSize: 32 });
    expect(numbers(second.graph())).toEqual(numbers(whole.graph()));
  });

  it('leaves running statistics alone where batchNorm is frozen', async () => {
    const builder = graphBuilder('norm');
    const dense = (data: readonly number[], shape = [data.length]) =>
      ({ encoding: 'dense', dtype: 'float32', shape, data: Float32Array.from(data) }) as const;
    const x = builder.input('x', 'float32', ['n', 2]);
    const rows = [
      ['scale', [1, 2]],
      ['bias', [0, 1]],
      ['mean', [0.5, 0]],
      ['variance', [1, 3]],
    ] as const;
    const names = rows.map(([name, data]) => builder.constant(name, dense(data)));
    builder.output(builder.node('batchNorm', [x, ...names], {}, 'norm'));
    for (const batchNorm of ['frozen', 'train'] as const) {
      using trainer = await Trainer.create(builder.build(), { loss: 'mse', batchNorm, optimizer: sgd() });
      expect(trainer.parameters).toEqual(['scale', 'bias']);
    }
  });
});

describe('mistakes with a teacher', () => {
  const batch = batchOf(unlabelled, Uint32Array.of(0, 1));

  it.each<[string, TeacherOptions, string]>([
    ['loss', { loss: 'hinge' as 'kl' }, "want 'kl' or 'mse', got \"hinge\""],
    ['temperature', { temperature: 0 }, 'want a number > 0, got 0'],
    ['temperature of squares', { loss: 'mse', temperature: 2 }, "want it with loss 'kl'"],
    ['nothing', { weight: 0 }, 'want something to compare'],
    ['feature', { features: ['nowhere'] }, '"nowhere": want a float32 value'],
    [
      'feature of the teacher',
      { features: [{ value: firstHidden(teacher), teacher: 'no' }] },
      '"no": want a float32 value',
    ],
    ['twice', { features: [firstHidden(teacher), firstHidden(teacher)] }, 'got it twice'],
    ['weight', { features: [{ value: 'x', weight: -1 }] }, 'weight of feature "x": want a number > 0, got -1'],
  ])('%s', async (_, options, message) => {
    await expect(Trainer.create(teacher, { teacher: { model: teacher, ...options } })).rejects.toThrow(message);
  });

  it('no model and no answers, an answer missing, no targets', async () => {
    using silent = await Trainer.create(teacher, { teacher: {} });
    expect(() => silent.step(batch)).toThrow('want answers');
    expect(() => silent.step({ ...batch, answers: {} })).toThrow('want the answer');
    expect(() => silent.answers(batch.inputs)).toThrow(UsageError);
    using taught = await Trainer.create(teacher, { teacher: { model: teacher, targets: 1 } });
    expect(() => taught.step(batch)).toThrow('want targets, got none');
    const short = { inputs, answers: { a: new Tensor('float32', [1], [1]) } };
    await expect(fit(silent, short, { epochs: 1 })).rejects.toThrow('answer "a": want 120 items');
  });
});

/** The value behind the first layer's activation. */
function firstHidden({ nodes }: Graph): string {
  return nodes.find(({ op }) => op === 'relu')?.outputs[0] ?? nodes[0].outputs[0];
}
