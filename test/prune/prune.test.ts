import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random as generatorOf, normal } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { placement } from '../../src/formats/format.ts';
import { keepOf, toDense, verifyConstant } from '../../src/formats/table.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp } from '../../src/models/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { verify } from '../../src/ops/verify.ts';
import { densify, magnitude, type OneShotOptions, type PatternOption, prune } from '../../src/prune/index.ts';

function gaussian(shape: Shape, seed: number): Float32Array {
  const generator = generatorOf(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
}

/** Two matmuls, one read transposed, and a convolution, of the given extents; the weights are called a, b and c. */
function network(k: number, n: number, seed: number): Graph {
  const b = graphBuilder('network');
  const x = b.input('x', 'float32', ['batch', k]);
  const y = b.node('matmul', [x, b.constant('a', dense([k, n], gaussian([k, n], seed)))], {}, 'first');
  b.output(
    b.node('matmul', [y, b.constant('b', dense([k, n], gaussian([k, n], seed + 1)))], { transposeB: true }, 'second'),
  );
  const image = b.input('image', 'float32', ['batch', k, 3, 3]);
  b.output(
    b.node('conv2d', [image, b.constant('c', dense([n, k, 2, 2], gaussian([n, k, 2, 2], seed + 2)))], {}, 'conv'),
  );
  return b.build();
}

const names = ['a', 'b', 'c'] as const;
const axes = { a: 1, b: 0, c: 0 } as const;

function kept(graph: Graph, name: string): Uint8Array {
  const constant = graph.constants.get(name);
  if (!constant) throw new Error(name);
  expect(verifyConstant(constant)).toEqual([]);
  return keepOf(constant);
}

/** The mask as a matrix of output features by inputs. */
function matrix(graph: Graph, name: (typeof names)[number]): number[][] {
  const mask = kept(graph, name);
  const { rows, columns, at } = placement(graph.constants.get(name)?.shape ?? [], axes[name]);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => mask[at(row, column)]),
  );
}

const count = (mask: Iterable<number>) => [...mask].reduce((sum, each) => sum + each, 0);
const extents = {
  k: fc.integer({ min: 1, max: 9 }),
  n: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 0, max: 999 }),
};
const sparsities = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));

describe('unstructured', () => {
  it('prunes exactly the asked number, in every layer or in all together, and the smallest', () => {
    fc.assert(
      fc.property(
        fc.record({ ...extents, sparsity: sparsities, scope: fc.constantFrom('layer', 'global') }),
        (given) => {
          const graph = network(given.k, given.n, given.seed);
          const pruned = verify(
            prune(graph, { sparsity: given.sparsity, scope: given.scope as 'layer' | 'global' }).graph,
          );
          const pools = given.scope === 'layer' ? names.map((name) => [name]) : [names];
          for (const pool of pools) {
            const masks = pool.flatMap((name) => [...kept(pruned, name)]);
            const sizes = pool.flatMap((name) => [...gaussianOf(graph, name)].map(Math.abs));
            expect(masks.length - count(masks)).toBe(Math.round(given.sparsity * masks.length));
            const smallestKept = Math.min(...sizes.filter((_, i) => masks[i]));
            const largestGone = Math.max(...sizes.filter((_, i) => !masks[i]));
            if (Number.isFinite(smallestKept) && Number.isFinite(largestGone))
              expect(largestGone).toBeLessThanOrEqual(smallestKept);
          }
          for (const name of names) {
            const mask = kept(pruned, name);
            expect(gaussianOf(pruned, name)).toEqual(gaussianOf(graph, name).map((w, i) => (mask[i] ? w : 0)));
          }
        },
      ),
      { seed: 1, numRuns: 150 },
    );
  });

  it('spends a global budget where it costs least', () => {
    const b = graphBuilder('uneven');
    const x = b.input('x', 'float32', ['batch', 4]);
    const large = b.constant('large', dense([4, 4], new Float32Array(16).fill(10)));
    const small = b.constant('small', dense([4, 4], new Float32Array(16).fill(-1)));
    b.output(b.node('matmul', [b.node('matmul', [x, large]), small]));
    const result = prune(b.build(), { sparsity: 0.5, scope: 'global' });
    expect(count(kept(result.graph, 'large'))).toBe(16);
    expect(count(kept(result.graph, 'small'))).toBe(0);
    expect(result.report.warnings).toEqual(['"small" has no weight left: "matmul.1" gives its bias whatever comes in']);
  });

  it('breaks ties by position: the first go', () => {
    const b = graphBuilder('ties');
    b.output(
      b.node('matmul', [b.input('x', 'float32', [1, 6]), b.constant('w', dense([6, 1], new Float32Array(6).fill(1)))]),
    );
    expect([...kept(prune(b.build(), { sparsity: 0.5 }).graph, 'w')]).toEqual([0, 0, 0, 1, 1, 1]);
  });
});

function gaussianOf(graph: Graph, name: string): Float32Array {
  const constant = graph.constants.get(name);
  if (!constant) throw new Error(name);
  return toDense(constant);
}

describe('blocks', () => {
  it('live and die whole, exactly as many as asked, ragged edges included', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(
        fc.record({ ...extents, sparsity: sparsities, block: shape }),
        ({ k, n, seed, sparsity, block: [r, c] }) => {
          const pruned = prune(network(k, n, seed), { sparsity, pattern: { block: [r, c] } }).graph;
          for (const name of names) {
            const rows = matrix(pruned, name);
            const blocks = new Map<string, Set<number>>();
            rows.forEach((row, i) =>
              row.forEach((bit, j) => {
                const key = `${Math.floor(i / r)},${Math.floor(j / c)}`;
                blocks.set(key, (blocks.get(key) ?? new Set()).add(bit));
              }),
            );
            for (const bits of blocks.values()) expect(bits.size).toBe(1);
            expect([...blocks.values()].filter((bits) => bits.has(0))).toHaveLength(Math.round(sparsity * blocks.size));
          }
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });

  it('rank by the sum of sizes, or of squares', () => {
    const b = graphBuilder('norms');
    // Columns of the weight are output features: features 0, 1 form one block, 2, 3 the other.
    const w = dense([1, 4], Float32Array.of(3, 0, 2, 2));
    b.output(b.node('matmul', [b.input('x', 'float32', [1, 1]), b.constant('w', w)]));
    const keep = (norm: 'L1' | 'L2') => [
      ...kept(prune(b.build(), { sparsity: 0.5, pattern: { block: [2, 1] }, criterion: magnitude(norm) }).graph, 'w'),
    ];
    expect(keep('L1')).toEqual([0, 0, 1, 1]);
    expect(keep('L2')).toEqual([1, 1, 0, 0]);
  });
});

describe('N:M', () => {
  it('keeps the best n of every m inputs, shared by as many rows as asked', () => {
    const given = {
      ...extents,
      n0: fc.integer({ min: 1, max: 4 }),
      more: fc.integer({ min: 0, max: 4 }),
      shared: fc.integer({ min: 1, max: 4 }),
    };
    fc.assert(
      fc.property(fc.record(given), ({ k, n, seed, n0, more, shared }) => {
        const m = n0 + more;
        const graph = network(k, n, seed);
        const pruned = prune(graph, { pattern: { nm: `${n0}:${m}`, sharedRows: shared } }).graph;
        for (const name of names) {
          const rows = matrix(pruned, name);
          const { at } = placement(graph.constants.get(name)?.shape ?? [], axes[name]);
          const data = gaussianOf(graph, name);
          rows.forEach((row, i) => {
            expect(row).toEqual(rows[i - (i % shared)]);
            for (let from = 0; from < row.length; from += m) {
              const group = row.slice(from, from + m);
              expect(count(group)).toBe(Math.min(n0, group.length));
              if (shared > 1) continue;
              const sizes = group.map((_, j) => Math.abs(data[at(i, from + j)]));
              const gone = sizes.filter((_, j) => !group[j]);
              for (const size of sizes.filter((_, j) => group[j]))
                expect(size).toBeGreaterThanOrEqual(Math.max(0, ...gone));
            }
          });
        }
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('fixes the sparsity: another one is refused', () => {
    const graph = network(4, 4, 1);
    expect(prune(graph, { pattern: '1:4', sparsity: 0.75 }).report.pruned.sparsity).toBe(0.75);
    expect(() => prune(graph, { pattern: '2:4', sparsity: 0.9 })).toThrow(
      'want sparsity 0.5 or none, for 2:4 fixes it, got 0.9',
    );
  });
});

const patterns: readonly PatternOption[] = [
  'unstructured',
  { block: [2, 1] },
  { block: [1, 3] },
  '2:4',
  { nm: '1:4', sharedRows: 2 },
];

describe.each(patterns)('%j', (pattern) => {
  const options: OneShotOptions =
    typeof pattern === 'object' && 'block' in pattern ? { pattern, sparsity: 0.6 } : { pattern };
  const asked: OneShotOptions = pattern === 'unstructured' ? { pattern, sparsity: 0.6 } : options;

  it('is idempotent, deterministic, and leaves the graph it came from alone', () => {
    const graph = network(7, 6, 5);
    const before = structuredClone(graph);
    const once = prune(graph, asked);
    expect(graph).toEqual(before);
    expect(prune(graph, asked)).toEqual(once);
    expect(prune(once.graph, asked)).toEqual(once);
  });

  it('computes what the dense graph with zeros computes', () => {
    const pruned = prune(network(7, 6, 5), asked).graph;
    const feeds = new Map([
      ['x', { dtype: 'float32' as const, shape: [2, 7], data: Float64Array.from(gaussian([2, 7], 1)) }],
      ['image', { dtype: 'float32' as const, shape: [2, 7, 3, 3], data: Float64Array.from(gaussian([2, 7, 3, 3], 2)) }],
    ]);
    const [sparse, full] = [interpret(pruned, feeds), interpret(densify(pruned), feeds)];
    for (const output of pruned.outputs) expect(sparse.get(output)?.data).toEqual(full.get(output)?.data);
  });

  it('never brings a pruned weight back', () => {
    const graph = prune(network(8, 8, 5), { sparsity: 0.9 }).graph;
    const more = prune(graph, asked).graph;
    for (const name of names) {
      const before = gaussianOf(graph, name);
      gaussianOf(more, name).forEach((value, i) => expect(value === 0 || before[i] !== 0).toBe(true));
      if (pattern === 'unstructured') expect(kept(more, name)).toEqual(kept(graph, name));
    }
  });
});

it('prunes real models to the numbers asked', () => {
  const { report } = prune(mlp([784, 300, 100, 10]), { sparsity: 0.9, scope: 'global' });
  expect(report.pruned).toMatchObject({ total: 266_200, nonZeros: 26_620 });
  const conv = prune(lenet5(), { pattern: '2:4' });
  expect(conv.report.layers.map(({ name, pattern }) => `${name} ${pattern}`)).toEqual(
    ['conv1', 'conv2', 'fc1', 'fc2'].map((name) => `${name}.weight 2:4`),
  );
});
