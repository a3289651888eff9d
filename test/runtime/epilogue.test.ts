/** Fused epilogues give the bits of the nodes that they were made of, on any number of threads. */
import { readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { sizeOf } from '../../src/core/shape.ts';
import { type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { prune } from '../../src/prune/index.ts';
import { init, provideModules } from '../../src/runtime/modules.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { distance, gaussian } from '../kernels/harness.ts';
import { weights } from '../passes/equal.ts';
import { moduleOf } from './module.ts';

beforeEach(() => {
  provideModules({
    simd: async () => moduleOf('simd').module,
    threads: async () => moduleOf('threads').module,
    worker: async () => readFileSync('build/wasm/kernels.worker.js', 'utf8'),
  });
  return init();
});

/** A transformer's second half: x + fc2(gelu(fc1(x))). */
function block(b: GraphBuilder): string[] {
  const x = b.input('x', 'float32', ['n', 48]);
  const product = (name: string, from: string, k: number, n: number) =>
    b.node('matmul', [from, b.constant(name, weights([k, n], k)), b.constant(`${name}.b`, weights([n], n))], {}, name);
  const wide = product('fc1', x, 48, 300);
  const act = b.node('gelu', [wide], {}, 'gelu');
  const narrow = product('fc2', act, 300, 48);
  return [wide, act, narrow, b.node('add', [x, narrow], {}, 'sum')];
}

/** A residual block: relu(x + conv2(hardSwish(conv1(x)))). */
function images(b: GraphBuilder): string[] {
  const x = b.input('x', 'float32', ['n', 8, 24, 25]);
  const conv = (name: string, from: string) =>
    b.node('conv2d', [from, b.constant(name, weights([8, 8, 3, 3], 3))], { pads: [1, 1, 1, 1] }, name);
  const first = conv('conv1', x);
  const act = b.node('hardSwish', [first], {}, 'act');
  const second = conv('conv2', act);
  const sum = b.node('add', [second, x], {}, 'sum');
  return [first, act, second, sum, b.node('relu', [sum], {}, 'relu')];
}

/** The graph whose output is the last value, or all: what is an output is not fused away. */
function graphOf(make: (b: GraphBuilder) => string[], all: boolean): Graph {
  const b = graphBuilder('block');
  const values = make(b);
  b.output(...(all ? values : values.slice(-1)));
  return b.build();
}

it.each([
  ['a transformer block', block, [48], [1, 3, 8, 150], ['matmul+gelu', 'matmul+add'], 'sum:out'],
  ['a residual block', images, [8, 24, 25], [1, 3], ['conv2d+hardSwish', 'conv2d+add+relu'], 'relu:out'],
] as const)('%s, dense and sparse', async (_, make, extents, batches, printed, output) => {
  for (const sparsity of [0, 0.8]) {
    const pruned = (all: boolean) => (sparsity ? prune(graphOf(make, all), { sparsity }).graph : graphOf(make, all));
    const apart = await InferenceSession.create(pruned(true), { threads: 1 });
    const fused = await Promise.all([1, 2, 4].map((threads) => InferenceSession.create(pruned(false), { threads })));
    for (const n of batches) {
      const dims = [n, ...extents];
      const x = new Tensor('float32', gaussian(n, sizeOf(dims)), dims);
      const want = apart.runSync({ x })[output].data as Float32Array;
      const first = fused[0].runSync({ x })[output].data;
      for (const session of fused) {
        const got = session.runSync({ x })[output].data as Float32Array;
        expect(got).toEqual(first);
        // Whether a sparse weight runs dense may be decided otherwise.
        if (sparsity === 0) expect(got).toEqual(want);
        expect(distance(got, Float64Array.from(want))).toBeLessThan(1e-4);
        const plan = session.plan({ x: dims });
        for (const op of printed) expect(plan).toContain(op);
      }
    }
    for (const session of [apart, ...fused]) session.dispose();
  }
});
