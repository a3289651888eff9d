import { describe, expect, it } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { inferSymbolic } from '../../src/ops/infer.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { verify } from '../../src/ops/verify.ts';

const tiny = { image: 8, patch: 4, width: 8, layers: 2, heads: 2, mlpRatio: 2, classes: 3 };

const models: readonly [string, () => Graph, number][] = [
  ['mlp', () => mlp([784, 300, 100, 10]), 266_610],
  ['lenet5', () => lenet5(), 431_080],
  ['vit', () => vit(tiny), 136 + 4 * 8 + 2 * 600 + 16 + 27],
];

function parameters(graph: Graph): number {
  return [...graph.constants.values()].reduce((sum, { shape }) => sum + (shape.length > 0 ? sizeOf(shape) : 0), 0);
}

function logitsOf(graph: Graph, batch: number): Float64Array {
  const { shape } = graph.inputs[0];
  const concrete = shape.map((dim) => (typeof dim === 'number' ? dim : batch));
  const generator = random(7);
  const data = Float64Array.from({ length: sizeOf(concrete) }, () => normal(generator));
  return interpret(graph, new Map([[graph.inputs[0].name, { dtype: 'float32', shape: concrete, data }]])).get('logits')
    ?.data as Float64Array;
}

describe.each(models)('%s', (_, make, count) => {
  it('is sound and maps a batch of images to a batch of logits', () => {
    const graph = verify(make());
    expect(graph.outputs).toEqual(['logits']);
    const { shape } = inferSymbolic(graph).get('logits') ?? { shape: [] };
    expect(shape[0]).toBe('batch');
    expect(shape).toHaveLength(2);
  });

  it('has the expected number of parameters', () => {
    expect(parameters(make())).toBe(count);
  });
});

it('starts from the seed alone', () => {
  expect(mlp([5, 4, 3], { seed: 3 })).toEqual(mlp([5, 4, 3], { seed: 3 }));
  expect(mlp([5, 4, 3], { seed: 3 })).not.toEqual(mlp([5, 4, 3], { seed: 4 }));
  const first = mlp([100, 50]).constants.get('fc1.weight');
  expect(first?.encoding).toBe('dense');
  for (const value of first?.encoding === 'dense' ? (first.data as Float32Array) : [])
    expect(Math.abs(value)).toBeLessThanOrEqual(0.1);
});

it('gives finite logits that depend on the image, item by item', () => {
  const graph = vit(tiny);
  const two = logitsOf(graph, 2);
  const one = logitsOf(graph, 1);
  expect(two).toHaveLength(6);
  expect(two.every(Number.isFinite)).toBe(true);
  // The first item of the batch does not see the second.
  one.forEach((value, i) => expect(two[i]).toBeCloseTo(value, 10));
  expect(two.slice(0, 3)).not.toEqual(two.slice(3));
});

it('refuses sizes that cannot work', () => {
  expect(() => mlp([10])).toThrow('mlp: want two or more sizes >= 1, got [10]');
  expect(() => vit({ patch: 5 })).toThrow('multiple of the patch, got 28 and 5');
  expect(() => vit({ width: 30, heads: 4 })).toThrow('multiple of the heads');
});
