import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ModelError, UsageError } from '../../src/core/errors.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { prune } from '../../src/prune/index.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { InferenceSession, type SessionOptions } from '../../src/runtime/session.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';
import { distance, gaussian } from '../kernels/harness.ts';
import { provideTestModules } from '../train/modules.ts';
import { moduleOf } from './module.ts';

beforeAll(provideTestModules);

const small = () => mlp([20, 33, 12, 4], { seed: 1 });
const image = (n: number, ...rest: number[]) => {
  const dims = [n, ...rest];
  return new Tensor(
    'float32',
    gaussian(
      n,
      dims.reduce((a, b) => a * b, 1),
    ),
    dims,
  );
};

function referenceOf(graph: Graph, tensor: Tensor<'float32'>): Float64Array {
  const feeds = new Map([
    ['image', { dtype: 'float32', shape: tensor.dims, data: Float64Array.from(tensor.data) } as const],
  ]);
  return interpret(graph, feeds).get('logits')?.data ?? new Float64Array();
}

describe('a session', () => {
  const models = [
    ['mlp', small(), [20]],
    ['lenet5', lenet5({ seed: 2 }), [1, 28, 28]],
    ['vit', vit({ seed: 3 }), [1, 28, 28]],
  ] as const;
  const patterns = [undefined, 'unstructured', { block: [4, 1] }, '1:4'] as const;
  const formats: readonly NonNullable<SessionOptions['format']>[] = ['auto', 'dense', 'csr', 'bsr'];

  describe.each(models)('of %s', (_, graph, extents) => {
    it.each(patterns)('pruned as %j gives the reference numbers in every format', async (pattern) => {
      const sparsity = pattern === '1:4' ? {} : { sparsity: 0.8 };
      const pruned = pattern ? prune(graph, { pattern, ...sparsity }).graph : graph;
      const feed = image(3, ...extents);
      const wanted = referenceOf(pruned, feed);
      for (const format of formats) {
        using session = await InferenceSession.create(pruned, { format });
        const { logits } = await session.run({ image: feed });
        expect(distance(logits.data as Float32Array, wanted), String(format)).toBeLessThan(2e-5);
      }
    });
  });

  it('tells names, types and shapes with named dims', async () => {
    using session = await InferenceSession.create(lenet5());
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['logits']);
    expect(session.inputMetadata).toEqual([{ name: 'image', type: 'float32', shape: ['batch', 1, 28, 28] }]);
    expect(session.outputMetadata).toEqual([{ name: 'logits', type: 'float32', shape: ['batch', 10] }]);
  });

  it('returns the outputs asked for', async () => {
    using session = await InferenceSession.create(small());
    const feeds = { image: image(1, 20) };
    expect(Object.keys(await session.run(feeds, ['logits']))).toEqual(['logits']);
    expect(await session.run(feeds, [])).toEqual({});
    await expect(session.run(feeds, ['logit'])).rejects.toThrow(/fetches: want names among logits, got "logit"/);
  });

  it('writes into tensors of the caller', async () => {
    using session = await InferenceSession.create(small());
    const feeds = { image: image(2, 20) };
    const logits = new Tensor('float32', new Float32Array(8), [2, 4]);
    const results = await session.run(feeds, { logits });
    expect(results.logits).toBe(logits);
    expect(logits.data).toEqual((await session.run(feeds, { logits: null })).logits.data);
    const wrong = new Tensor('float32', new Float32Array(8), [4, 2]);
    await expect(session.run(feeds, { logits: wrong })).rejects.toThrow(
      /fetches "logits": want a float32 tensor of \[2, 4\], got float32 \[4, 2\]/,
    );
  });

  it('plans per shape, keeps a bounded number of plans and gives the same bits again', async () => {
    using session = await InferenceSession.create(small());
    const first = session.runSync({ image: image(5, 20) }).logits.data;
    for (let n = 1; n <= 40; n++) session.runSync({ image: image(n, 20) });
    expect(session.info().plans).toBe(16);
    const { used } = session.info().memory;
    for (let n = 1; n <= 40; n++) session.runSync({ image: image(n, 20) });
    expect(session.info().memory.used).toBe(used);
    expect(session.runSync({ image: image(5, 20) }).logits.data).toEqual(first);
  });

  it('accepts a batch of none', async () => {
    using session = await InferenceSession.create(prune(small(), { sparsity: 0.9 }).graph);
    expect(session.runSync({ image: image(0, 20) }).logits.dims).toEqual([0, 4]);
  });

  it('reuses memory: the arena is no larger than what lives at once needs, plus a little', async () => {
    using session = await InferenceSession.create(vit({ seed: 1 }));
    const numbers = /arena (\d+) bytes \(live at most (\d+), without reuse (\d+)\)/.exec(
      session.plan({ image: [4, 1, 28, 28] }),
    );
    const [arena, live, sum] = (numbers ?? []).slice(1).map(Number);
    expect(arena).toBeGreaterThanOrEqual(live);
    expect(arena).toBeLessThan(1.2 * live);
    expect(arena).toBeLessThan(sum / 3);
  });

  it('prints a plan with a reason per step', async () => {
    using session = await InferenceSession.create(prune(small(), { sparsity: 0.9 }).graph, { format: 'csr' });
    const plan = session.plan({ image: [32, 20] });
    expect(plan).toContain('f32_spmm_csr_1x16');
    expect(plan).toMatch(/reason/);
  });

  it('profiles every step', async () => {
    using session = await InferenceSession.create(small());
    const profile = await session.profile({ image: image(7, 20) });
    expect(profile.steps.length).toBeGreaterThan(2);
    expect(profile.results.logits.dims).toEqual([7, 4]);
    expect(String(profile)).toContain('total');
  });

  it('warns once about threads and says why it uses one', async () => {
    // The kernels of this test come without a build for threads.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    using a = await InferenceSession.create(small(), { threads: 2 });
    using b = await InferenceSession.create(small(), { threads: 2 });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(a.info().threads).toBe(1);
    expect(b.info().threadsWhy).toBe('2 threads were asked for, but this entry point carries no build for threads');
    warn.mockRestore();
  });
});

describe('mistakes', () => {
  it.each([
    ['a missing feed', {}, /input "image": want a float32 tensor, got none/],
    ['an unknown feed', { image: image(1, 20), other: image(1, 1) }, /got "other"/],
    ['no feeds at all', undefined as never, /want an object of feeds "image", got undefined/],
    ['a misspelt feed', { img: image(1, 20) }, /want feeds "image", got "img"/],
    [
      'an array of another type',
      { image: { type: 'float32', dims: [1, 20], data: new Int32Array(20) } as never },
      /want float32 data that fills \[1, 20\], got 20 in Int32Array/,
    ],
    ['a wrong type', { image: new Tensor('int32', new Int32Array(20), [1, 20]) }, /want type float32, got int32/],
    ['a wrong extent', { image: image(1, 21) }, /input "image": want shape \[batch(=1)?, 20\], got \[1, 21\]/],
    ['a wrong rank', { image: image(20) }, /input "image": want shape \[batch, 20\], got \[20\]/],
  ])('%s is named, and the session stays usable', async (_, feeds, message) => {
    using session = await InferenceSession.create(small());
    await expect(session.run(feeds)).rejects.toThrow(UsageError);
    await expect(session.run(feeds)).rejects.toThrow(message);
    expect((await session.run({ image: image(1, 20) })).logits.dims).toEqual([1, 4]);
  });

  it('memory that runs out is an error, and smaller runs still work', async () => {
    using session = await InferenceSession.create(small(), { maxMemory: 200_000 });
    expect(() => session.runSync({ image: image(5000, 20) })).toThrow(/maxMemory is 200000/);
    expect(session.runSync({ image: image(2, 20) }).logits.dims).toEqual([2, 4]);
  });

  it('memory that runs out while a plan is bound leaves nothing half packed', async () => {
    const graph = prune(mlp([64, 96, 80, 10], { seed: 1 }), {
      sparsity: 0.9,
      pattern: { block: [4, 1] },
      targets: ['fc1.weight', 'fc2.weight'],
    }).graph;
    using free = await InferenceSession.create(graph);
    const feeds = new Map([200, 1, 9, 40, 3].map((n) => [n, { image: image(n, 64) }]));
    const refused: number[] = [];
    for (let maxMemory = 20_000; maxMemory < 200_000; maxMemory += 3_000) {
      using session = await InferenceSession.create(graph, { maxMemory });
      for (const n of [200, 40, 1, 9, 3, 200, 1, 40, 3, 9]) {
        let got: Record<string, AnyTensor>;
        try {
          got = session.runSync(feeds.get(n) ?? {});
        } catch (error) {
          expect(String(error)).toMatch(/maxMemory/);
          refused.push(maxMemory);
          continue;
        }
        expect(got.logits.data).toEqual(free.runSync(feeds.get(n) ?? {}).logits.data);
      }
    }
    expect(refused.length).toBeGreaterThan(20);
  });

  it('a plan is bound anew when the arena at its address has become smaller', () => {
    const renamed = (graph: Graph): Graph => {
      const other = (name: string) => (graph.constants.has(name) ? `${name}'` : name);
      const constants = new Map([...graph.constants].map(([name, constant]) => [other(name), constant]));
      return { ...graph, constants, nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(other) })) };
    };
    const [first, second] = [mlp([64, 64, 10], { seed: 1 }), renamed(mlp([64, 96, 10], { seed: 2 }))];
    const executor = createExecutor(moduleOf('simd'), { maxMemory: 1_000_000 });
    const [large, small2] = [{ image: image(300, 64) }, { image: image(2, 64) }];
    const wanted = executor.run(first, large).logits.data;
    expect(() => executor.run(first, { image: image(5000, 64) })).toThrow(/maxMemory/);
    executor.run(first, small2);
    const other = executor.run(second, small2).logits.data;
    expect(executor.run(first, large).logits.data).toEqual(wanted);
    expect(executor.run(second, small2).logits.data).toEqual(other);
  });

  it('a disposed session says so', async () => {
    const session = await InferenceSession.create(small());
    session.runSync({ image: image(1, 20) });
    session.dispose();
    session.dispose();
    expect(() => session.runSync({ image: image(1, 20) })).toThrow(/disposed/);
    expect(() => session.plan()).toThrow(/disposed/);
    expect(() => session.info()).toThrow(/disposed/);
  });

  it('weights that are NaN are named', async () => {
    const graph = small();
    const weight = graph.constants.get('fc2.weight');
    (weight?.encoding === 'dense' ? weight.data : [])[7] = Number.NaN;
    await expect(InferenceSession.create(graph)).rejects.toThrow(/weight "fc2.weight": want numbers, got NaN/);
  });

  it("format 'nm' keeps what is N:M and wants at least one such weight", async () => {
    const { graph } = prune(small(), { pattern: '2:4', ignore: ['fc3.weight'] });
    using session = await InferenceSession.create(graph, { format: 'nm' });
    const feed = image(3, 20);
    const { logits } = session.runSync({ image: feed });
    expect(distance(logits.data as Float32Array, referenceOf(graph, feed))).toBeLessThan(2e-5);
    await expect(InferenceSession.create(small(), { format: 'nm' })).rejects.toThrow(/want weights pruned as N:M/);
    const csr = prune(small(), { sparsity: 0.5 }).graph;
    await expect(InferenceSession.create(csr, { format: 'nm' })).rejects.toThrow(/want weights pruned as N:M/);
  });

  it('a weight that the graph updates keeps its encoding, be it all zeros', async () => {
    const builder = graphBuilder('learner');
    const x = builder.input('x', 'float32', ['n', 4]);
    const weight = builder.constant('w', dense([4, 4], new Float32Array(16)));
    builder.output(builder.node('matmul', [x, weight], {}, 'product'));
    builder.update(weight, builder.node('add', [weight, builder.scalar(1)]));
    for (const format of ['auto', 'csr', 'bsr', 'dense'] as const) {
      using session = await InferenceSession.create(builder.build(), { format });
      const ones = { x: new Tensor('float32', [1, 1, 1, 1], [1, 4]) };
      expect(session.runSync(ones)['product:out'].data).toEqual(new Float32Array(4));
      expect(session.runSync(ones)['product:out'].data).toEqual(new Float32Array(4).fill(4));
    }
  });

  it.each([
    [{ format: 'coo' }, /format: want/],
    [{ threads: 0 }, /threads: want a whole number from 1, got 0/],
    [{ maxMemory: Number.NaN }, /maxMemory: want/],
  ])('options %j are refused', async (options, message) => {
    await expect(InferenceSession.create(small(), options as SessionOptions)).rejects.toThrow(message);
  });

  it('an unsound graph is refused with every problem', async () => {
    const builder = graphBuilder('broken');
    const x = builder.input('x', 'float32', [2]);
    builder.node('relu', ['nowhere']);
    builder.node('frobnicate', [x]);
    builder.output('missing');
    const error = await InferenceSession.create(builder.build()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).problems.length).toBe(3);
  });

  it('an index out of range is named and harmless', async () => {
    const builder = graphBuilder('table');
    const index = builder.input('index', 'int32', ['n']);
    const rows = builder.constant('rows', {
      encoding: 'dense',
      dtype: 'float32',
      shape: [3, 2],
      data: new Float32Array(6),
    });
    builder.output(builder.node('gather', [rows, index], { axis: 0 }, 'lookup'));
    using session = await InferenceSession.create(builder.build());
    expect(() => session.runSync({ index: new Tensor('int32', [0, 3], [2]) })).toThrow(/gather "lookup"/);
    expect(session.runSync({ index: new Tensor('int32', [2, -1], [2]) })['lookup:out'].dims).toEqual([2, 2]);
  });
});

describe('tensors', () => {
  it('convert float16 at the border', async () => {
    const builder = graphBuilder('half');
    builder.output(builder.node('neg', [builder.input('x', 'float32', ['n'])]));
    using session = await InferenceSession.create(builder.build());
    const halfs = new Tensor('float16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00), [4]);
    expect([...(session.runSync({ x: halfs })['neg:out'].data as Float32Array)]).toEqual([
      -1,
      2,
      -(2 ** -24),
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('refuse arrays that do not fit', () => {
    expect(() => new Tensor('float32', new Float32Array(5), [2, 3])).toThrow(
      /want 6 elements for dims \[2, 3\], got 5/,
    );
    expect(() => new Tensor('int64', new Float32Array(1) as never)).toThrow(
      /want an array that stores int64, got Float32Array/,
    );
    expect(() => new Tensor('float32', new Float32Array(0), [-1])).toThrow(/extents >= 0/);
  });
});
