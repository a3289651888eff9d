/** Reconstruction of whole nets: what it takes, what it tells, when it stops. */
import { beforeAll, describe, expect, it } from 'vitest';
import { densified } from '../../../src/formats/densify.ts';
import { graphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { lenet5, vit } from '../../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../../src/onnx/index.ts';
import { problemsOf } from '../../../src/ops/verify.ts';
import { prune } from '../../../src/prune/index.ts';
import type { Feeds } from '../../../src/runtime/executor.ts';
import { InferenceSession } from '../../../src/runtime/session.ts';
import { Tensor } from '../../../src/runtime/tensor.ts';
import { type ReconstructOptions, type ReconstructProgress, reconstruct } from '../../../src/train/index.ts';
import { provideTestModules } from '../modules.ts';
import { batch, constant, noise, residualChain, twoLayers } from './nets.ts';

beforeAll(provideTestModules);

const image = [2, 8, 6, 7];
const net = () => twoLayers({ op: 'conv2d', input: image, weight: [6, 8, 3, 3] });
const batches = () => [batch(image, 1), batch(image, 2), batch([1, 8, 6, 7], 3)];

function numbersOf(graph: Graph): Record<string, number[]> {
  return Object.fromEntries(
    [...graph.constants].map(([name, each]) => [name, Array.from(densified(each).data as Float32Array)]),
  );
}

/** The mean square by which outputs differ from those of another graph. */
async function distance(graph: Graph, other: Graph, feeds: Feeds): Promise<number> {
  using a = await InferenceSession.create(graph, { deterministic: true });
  using b = await InferenceSession.create(other, { deterministic: true });
  const [x, y] = [await a.run(feeds), await b.run(feeds)].map(
    (results) => Object.values(results)[0].data as Float32Array,
  );
  return x.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / x.length;
}

describe('reconstruct', () => {
  it('brings the outputs of a net closer to those of the dense one, on other data too', async () => {
    for (const [graph, shape] of [
      [lenet5({ seed: 1 }), [24, 1, 28, 28]],
      [vit({ seed: 1, width: 32, layers: 1 }), [24, 1, 28, 28]],
    ] as const) {
      const name = graph.inputs[0].name;
      const at = (seed: number) => ({ [name]: new Tensor('float32', noise(shape, seed), shape) });
      const options = { sparsity: 0.8 };
      const { graph: found, report, stopped } = await reconstruct(graph, [at(1), at(2), at(3), at(4)], options);
      expect(stopped).toBe('done');
      expect(problemsOf(found)).toEqual([]);
      for (const { name: weight, before, after } of report.layers) expect(after, weight).toBeLessThan(before);
      const masked = await distance(prune(graph, options).graph, graph, at(9));
      expect(await distance(found, graph, at(9))).toBeLessThan(0.7 * masked);
      expect(await distance(readOnnx(writeOnnx(found)), found, at(9))).toBeLessThan(1e-9);
    }
  });

  it('gives the same bits again, whatever the source of the batches and however little memory there is', async () => {
    const options = { sparsity: 0.7, rows: 50, seed: 3 };
    const { graph } = await reconstruct(residualChain(), batches(), options);
    const stream = async function* () {
      yield* batches();
    };
    for (const [source, more] of [
      [batches, {}],
      [stream(), {}],
      // Room for the sums of a layer, and for what one of the batches gives.
      [batches(), { memory: 10_000 }],
      [batches(), { memory: 2_000 }],
    ] as const) {
      const again = await reconstruct(residualChain(), source, { ...options, ...more });
      expect(numbersOf(again.graph)).toEqual(numbersOf(graph));
      expect(again.report.layers.every(({ skipped }) => skipped === undefined)).toBe(true);
    }
    const other = await reconstruct(residualChain(), batches(), { ...options, seed: 4 });
    expect(numbersOf(other.graph)).not.toEqual(numbersOf(graph));
  });

  it('changes nothing where nothing was pruned, and the given graph never', async () => {
    const graph = net();
    const before = numbersOf(graph);
    const { graph: same } = await reconstruct(graph, batches(), { sparsity: 0 });
    for (const [name, values] of Object.entries(numbersOf(same)))
      values.forEach((value, i) => expect(value).toBeCloseTo(before[name][i], 4));
    await reconstruct(graph, batches(), { sparsity: 0.5 });
    expect(numbersOf(graph)).toEqual(before);
  });

  it('takes over the patterns of a graph that was pruned otherwise', async () => {
    const first = prune(net(), { pattern: '2:4', targets: ['mix'] }).graph;
    const pruned = prune(first, { pattern: { block: [2, 1] }, sparsity: 0.5, targets: ['weight'] }).graph;
    const { graph, report } = await reconstruct(net(), batches(), { pruned });
    expect(graph.constants.get('mix')?.encoding).toBe('nm');
    expect(graph.constants.get('weight')?.encoding).toBe('bsr');
    expect(report.layers.map(({ sparsity }) => sparsity)).toEqual([0.5, 0.5]);
    expect(report.pruning.pruned.sparsity).toBe(0.5);
  });

  it('tells how far it is, and stops when asked to', async () => {
    const seen: ReconstructProgress[] = [];
    const abort = new AbortController();
    const { graph, report, stopped } = await reconstruct(net(), batches(), {
      sparsity: 0.5,
      signal: abort.signal,
      onProgress(progress) {
        seen.push(progress);
        if (progress.layer === 2) abort.abort();
      },
    });
    expect(stopped).toBe('aborted');
    expect(seen.map(({ layer, batch: done }) => [layer, done])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
    expect(seen[0]).toEqual({ layer: 1, layers: 2, name: 'mix', batch: 1, batches: 3 });
    expect(report.layers[1]).toMatchObject({ name: 'weight', skipped: 'aborted before', sparsity: 0.5 });
    const masked = prune(net(), { sparsity: 0.5 }).graph;
    expect(numbersOf(graph).weight).toEqual(numbersOf(masked).weight);
    expect(numbersOf(graph).mix).not.toEqual(numbersOf(masked).mix);
  });
});

describe('the bias of a layer', () => {
  /** x -> matmul by w, then what `more` makes of it. */
  const withBias = (more: 'own' | 'added' | 'none' | 'shared' | 'computed') => {
    const builder = graphBuilder('net');
    const x = builder.input('x', 'float32', ['n', 16]);
    const inputs = [x, constant(builder, 'w', [16, 6], 1)];
    const bias =
      more === 'none' || more === 'computed' ? '' : constant(builder, 'b', more === 'added' ? [1, 6] : [6], 2);
    if (more === 'own' || more === 'shared') inputs.push(bias);
    if (more === 'computed')
      inputs.push(builder.node('reduceMean', [constant(builder, 'c', [4, 6], 4)], { axes: [0], keepDims: false }));
    let y = builder.node('matmul', inputs, {}, 'product');
    if (more === 'added') y = builder.node('add', [bias, y]);
    builder.output(builder.node('relu', [y]));
    if (more === 'shared') builder.output(builder.node('relu', [bias]));
    return builder.build();
  };
  const shifted = () => [
    {
      x: new Tensor(
        'float32',
        noise([200, 16], 5).map((value) => value + 1),
        [200, 16],
      ),
    },
  ];

  it.each([
    ['own', ['b']],
    ['added', ['b']],
    ['none', ['w.bias']],
    ['shared', ['b', 'b.1']],
    ['computed', []],
  ] as const)('%s', async (more, names) => {
    const graph = withBias(more);
    const { graph: found, report } = await reconstruct(graph, shifted(), { sparsity: 0.8 });
    expect(problemsOf(found)).toEqual([]);
    expect([...found.constants.keys()].filter((name) => name !== 'w' && name !== 'c')).toEqual(names);
    if (more === 'shared') expect(numbersOf(found).b).toEqual(numbersOf(graph).b);
    expect(found.nodes.length).toBe(graph.nodes.length);
    const [{ after, before }] = report.layers;
    expect(after).toBeLessThan(before);
    const [feeds] = shifted();
    const own = await distance(found, graph, feeds);
    expect(own).toBeLessThan(await distance(prune(graph, { sparsity: 0.8 }).graph, graph, feeds));
  });
});

describe('what cannot be fitted', () => {
  it('is pruned only, with the reason', async () => {
    const builder = graphBuilder('net');
    const x = builder.input('x', 'float32', ['n', 8]);
    const w = constant(builder, 'w', [8, 8], 1);
    const once = builder.node('matmul', [x, w]);
    builder.output(builder.node('matmul', [once, w]));
    const feeds = [{ x: new Tensor('float32', noise([9, 8], 1), [9, 8]) }];
    const { graph, report } = await reconstruct(builder.build(), feeds, { sparsity: 0.5 });
    expect(report.layers).toMatchObject([
      { name: 'w', skipped: 'it is used 2 times: what fits one place need not fit another' },
    ]);
    expect(numbersOf(graph)).toEqual(numbersOf(prune(builder.build(), { sparsity: 0.5 }).graph));
    const { report: small } = await reconstruct(net(), batches(), { sparsity: 0.5, memory: 20_000 });
    expect(small.layers[1].skipped).toMatch(/^its sums need \d+ bytes, more than memory allows$/);
  });
});

describe('mistakes', () => {
  const bad: readonly (readonly [string, Partial<Record<keyof ReconstructOptions, unknown>>, RegExp])[] = [
    ['no sparsity', { sparsity: undefined }, /want a sparsity/],
    ['ridge', { ridge: -1 }, /want ridge as a number >= 0, got -1/],
    ['rows', { rows: 0 }, /want rows as a whole number from 1, got 0/],
    ['memory', { memory: 1.5 }, /want memory as a whole number from 1, got 1.5/],
    ['unpruned', { unpruned: 'drop' }, /want unpruned 'fit' or 'keep', got "drop"/],
    ['seed', { seed: 0.5 }, /want seed as a whole number, got 0.5/],
    ['another net', { pruned: prune(lenet5(), { sparsity: 0.5 }).graph }, /want a pruned graph of the same weights/],
  ];
  it.each(bad)('%s', async (_, options, words) => {
    await expect(reconstruct(net(), batches(), { sparsity: 0.5, ...options } as ReconstructOptions)).rejects.toThrow(
      words,
    );
  });

  it('data', async () => {
    const options = { sparsity: 0.5 };
    await expect(reconstruct(net(), [], options)).rejects.toThrow(/want at least one batch, got none/);
    await expect(reconstruct(net(), 5 as never, options)).rejects.toThrow(/want batches of feeds/);
    await expect(reconstruct(net(), [batch([2, 7, 6, 7], 1)], options)).rejects.toThrow(/want shape/);
    await expect(reconstruct(net(), [{}], options)).rejects.toThrow(/input "x": want a float32 tensor, got none/);
  });
});
