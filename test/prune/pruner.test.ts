import { describe, expect, it } from 'vitest';
import { csr } from '../../src/formats/csr.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { mlp } from '../../src/models/index.ts';
import { verify } from '../../src/ops/verify.ts';
import {
  applyMasks,
  candidatesOf,
  createPruner,
  cubic,
  iterative,
  magnitude,
  maskOf,
  oneShot,
  printReport,
  prune,
  random,
  reencode,
  taylor,
} from '../../src/prune/index.ts';

const weight = (data: number[]) => ({
  name: 'w',
  shape: [1, data.length],
  outputAxis: 0,
  data: Float32Array.from(data),
});

describe('criteria', () => {
  it('magnitude is |w| or its square, without losing tiny ones', () => {
    expect([...magnitude()(weight([-3, 2]), {})]).toEqual([3, 2]);
    expect([...magnitude('L2')(weight([-3, 2]), {})]).toEqual([9, 4]);
    const [a, b] = magnitude('L2')(weight([1e-30, 2e-30]), {});
    expect(a).toBeLessThan(b);
  });

  it('random follows the seed and the name, not the order', () => {
    const w = weight([1, 2, 3]);
    expect(random(1)(w, {})).toEqual(random(1)(w, {}));
    expect(random(1)(w, {})).not.toEqual(random(2)(w, {}));
    expect(random(1)(w, {})).not.toEqual(random(1)({ ...w, name: 'v' }, {}));
  });

  it('taylor is |w · gradient| and asks for gradients by name', () => {
    expect([...taylor()(weight([-3, 2]), { gradients: new Map([['w', Float32Array.of(0.5, -4)]]) })]).toEqual([1.5, 8]);
    expect(() => prune(mlp([3, 2]), { criterion: 'taylor', sparsity: 0.5 })).toThrow(
      'taylor: want a gradient of 6 numbers for weight "fc1.weight" in evidence.gradients, got none',
    );
    const evidence = { gradients: new Map([['fc1.weight', new Float32Array(5)]]) };
    expect(() => prune(mlp([3, 2]), { criterion: 'taylor', sparsity: 0.5, evidence })).toThrow('got 5 numbers');
  });

  it('may be a function of one’s own, which must not give NaN', () => {
    const graph = mlp([3, 2]);
    const last = prune(graph, { sparsity: 0.5, criterion: ({ data }) => Float32Array.from(data, (_, i) => -i) }).graph;
    expect([...(maskOf(last).get('fc1.weight') ?? [])]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(() => prune(graph, { sparsity: 0.5, criterion: ({ data }) => data.map(() => Number.NaN) })).toThrow(
      'want scores above -Infinity, got NaN for weight "fc1.weight" at 0',
    );
  });
});

describe('schedules', () => {
  it('reach the target exactly and never fall', () => {
    for (const schedule of [oneShot, cubic, iterative(1), iterative(5), iterative(7)])
      for (const [initial, target] of [
        [0, 0.9],
        [0.3, 0.97],
        [0, 1 / 3],
        [0, 1],
        [0.5, 0.5],
      ]) {
        const steps = Array.from({ length: 41 }, (_, i) => schedule(i / 40, target, initial));
        expect(steps[40]).toBe(target);
        steps.forEach((sparsity, i) => {
          expect(sparsity).toBeGreaterThanOrEqual(i === 0 ? initial : steps[i - 1] - 1e-12);
          expect(sparsity).toBeLessThanOrEqual(target + 1e-12);
        });
      }
  });

  it('iterative takes the same fraction of what is left each round', () => {
    const rounds = [0, 0.2, 0.4, 0.6, 0.8].map((t) => iterative(5)(t, 0.9, 0));
    const left = [1, ...rounds.map((sparsity) => 1 - sparsity)];
    for (let i = 1; i < left.length; i++) expect(left[i] / left[i - 1]).toBeCloseTo(0.1 ** 0.2, 12);
    expect(() => iterative(0)).toThrow('want rounds');
  });

  it('cubic is the published curve', () => {
    expect(cubic(0.5, 0.8, 0)).toBeCloseTo(0.7, 12);
    expect(cubic(0, 0.8, 0.2)).toBeCloseTo(0.2, 12);
  });
});

describe('createPruner', () => {
  it('says when and how much, the last step always included', () => {
    const pruner = createPruner({ sparsity: 0.8, schedule: 'cubic', begin: 10, end: 25, every: 10 });
    const due = new Map(
      Array.from({ length: 40 }, (_, step) => [step, pruner.due(step)] as const).filter(([, s]) => s !== undefined),
    );
    expect([...due.keys()]).toEqual([10, 20, 25]);
    expect(due.get(25)).toBe(0.8);
    expect(createPruner({ sparsity: 0.5 }).due(0)).toBe(0.5);
    expect(createPruner({ sparsity: 0.5 }).due(1)).toBeUndefined();
    expect(createPruner({ pattern: '2:4', schedule: 'cubic', begin: 0, end: 4 }).due(0)).toBe(0.5);
  });

  it('says whether it needs gradients', () => {
    expect(createPruner({ sparsity: 0.5, criterion: 'taylor' }).needsGradients).toBe(true);
    expect(createPruner({ sparsity: 0.5 }).needsGradients).toBe(false);
  });

  it('prunes step by step inside what is left', () => {
    const graph = mlp([20, 10], { seed: 4 });
    const pruner = createPruner({ sparsity: 0.9, schedule: iterative(4), end: 4, scope: 'global' });
    let weights = pruner.weights(graph);
    let before: Uint8Array | undefined;
    for (let step = 0; step <= 4; step++) {
      const wanted = pruner.due(step) ?? 0;
      const mask = pruner.masks(weights, {}, wanted).get('fc1.weight') ?? new Uint8Array();
      expect(mask.filter((bit) => bit === 0)).toHaveLength(Math.round(wanted * 200));
      if (before) mask.forEach((bit, i) => expect(bit).toBeLessThanOrEqual(before?.[i] ?? 0));
      before = mask;
      // Between the steps the weights move, also those that are gone: they must not return.
      weights = weights.map((w) => ({ ...w, keep: mask, data: w.data.map((v, i) => v + (mask[i] ? 0 : 100)) }));
    }
    const once = applyMasks(graph, new Map([['fc1.weight', before ?? new Uint8Array()]]), pruner.pattern);
    expect(maskOf(once).get('fc1.weight')).toEqual(before);
  });

  it.each([
    [{}, 'want a sparsity for pattern unstructured, got none'],
    [{ sparsity: 1.5 }, 'want sparsity from 0 to 1, got 1.5'],
    [{ sparsity: Number.NaN }, 'want sparsity from 0 to 1, got NaN'],
    [{ sparsity: 0.5, begin: 5, end: 2 }, 'want steps 0 <= begin <= end'],
    [{ sparsity: 0.5, pattern: '4:2' as const }, 'want 1 <= n <= m <= 256'],
    [{ sparsity: 0.5, pattern: { block: [0, 1] as const } }, 'block: want two extents >= 1, got [0, 1]'],
    [{ sparsity: 0.5, pattern: 'blocks' as '2:4' }, 'want a pattern such as'],
    [
      { sparsity: 0.5, criterion: 'size' as 'magnitude' },
      'want a criterion among magnitude, random, taylor or a function, got size',
    ],
    [{ sparsity: 0.5, scope: 'model' as 'layer' }, 'want a scope among layer, global, got model'],
    [
      { sparsity: 0.5, schedule: 'linear' as 'cubic' },
      'want a schedule among oneShot, cubic or a function, got linear',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => createPruner(options)).toThrow(message);
  });
});

/** Weights with every reason not to be pruned. */
function awkward(): Graph {
  const b = graphBuilder('awkward');
  const x = b.input('x', 'float32', ['batch', 4]);
  const square = (name: string) =>
    b.constant(
      name,
      dense(
        [4, 4],
        Float32Array.from({ length: 16 }, (_, i) => i + 1),
      ),
    );
  const [read, both, out, moving, good] = ['read', 'both', 'out', 'moving', 'good'].map(square);
  let y = b.node('matmul', [x, read], {}, 'm1');
  y = b.node('add', [y, b.node('reduceSum', [read], {}, 'sum')]);
  y = b.node('matmul', [y, both], {}, 'forward');
  y = b.node('matmul', [y, both], { transposeB: true }, 'backward');
  y = b.node('matmul', [y, out], {}, 'm2');
  y = b.node('matmul', [y, moving], {}, 'm3');
  b.update(moving, b.node('neg', [moving]));
  b.output(b.node('matmul', [y, good], {}, 'm4'), out);
  return b.build();
}

describe('targets', () => {
  it('names why a weight cannot be pruned', () => {
    expect(Object.fromEntries(candidatesOf(verify(awkward())).map(({ name, obstacle }) => [name, obstacle]))).toEqual({
      read: 'reduceSum "sum" reads it as something other than a weight matrix',
      both: '"forward" and "backward" disagree on its output axis (1 and 0)',
      out: 'it is an output of the graph',
      moving: 'the graph updates it: prune before differentiating',
      good: undefined,
    });
    const { report } = prune(awkward(), { sparsity: 0.5 });
    expect(report.pruned).toMatchObject({ nonZeros: 8, total: 16 });
    expect(report.layers.filter(({ skipped }) => skipped)).toHaveLength(4);
  });

  it('takes names of constants or nodes and patterns, and refuses a name that is nobody’s', () => {
    const pruned = (options: Parameters<typeof prune>[1]) =>
      prune(mlp([6, 5, 4, 3]), options)
        .report.layers.filter(({ skipped }) => !skipped)
        .map(({ name }) => name);
    expect(pruned({ sparsity: 0.5, targets: ['fc1', 'fc2.weight'] })).toEqual(['fc1.weight', 'fc2.weight']);
    expect(pruned({ sparsity: 0.5, ignore: [/^fc[13]/g] })).toEqual(['fc2.weight']);
    expect(pruned({ sparsity: 0.5, targets: [/fc/], ignore: ['fc3'] })).toEqual(['fc1.weight', 'fc2.weight']);
    expect(() => pruned({ sparsity: 0.5, targets: ['fc9'] })).toThrow(
      'want targets among the weights fc1.weight, fc2.weight, fc3.weight, got "fc9"',
    );
  });
});

describe('reencode', () => {
  it('stores zeros that are there without pruning more', () => {
    const b = graphBuilder('zeros');
    const data = Float32Array.of(1, 0, 0, 2, 0, 0, 0, 3);
    b.output(b.node('matmul', [b.input('x', 'float32', [1, 4]), b.constant('w', dense([4, 2], data))]));
    const graph = b.build();
    expect(reencode(graph, { pattern: 'unstructured' }).constants.get('w')).toEqual(csr.fromDense(data, [4, 2], 1));
    expect(reencode(graph, { pattern: 'unstructured', minSparsity: 0.7 })).toEqual(graph);
    expect(() => reencode(graph, { pattern: '1:4' })).toThrow('nm: want at most 1 kept');
    const blocks = reencode(reencode(graph, { pattern: 'unstructured' }), { pattern: { block: [2, 1] } });
    expect(blocks.constants.get('w')?.encoding).toBe('bsr');
  });
});

it('applyMasks takes masks of weights only', () => {
  expect(() => applyMasks(mlp([3, 2]), new Map([['fc1.bias', new Uint8Array(2)]]), 'unstructured')).toThrow(
    'got one of "fc1.bias"',
  );
  expect(() => applyMasks(mlp([3, 2]), new Map([['fc1.weight', new Uint8Array(2)]]), 'unstructured')).toThrow(
    'want a mask of 6',
  );
});

it('prints a report', () => {
  expect(printReport(prune(mlp([8, 4, 2]), { sparsity: 0.75, ignore: ['fc2'] }).report)).toBe(
    [
      'weight          shape   pattern         zeros  left  of  bytes  dense',
      'fc1.weight      [8, 4]  unstructured  75.00 %     8  32     84    128',
      'fc2.weight      [4, 2]  dense          0.00 %     8   8     32     32  ignored',
      'all pruned                            75.00 %     8  32     84    128',
      'all prunable                          60.00 %    16  40    116    160',
      'all parameters                        52.17 %    22  46    140    184',
      '',
    ].join('\n'),
  );
});
