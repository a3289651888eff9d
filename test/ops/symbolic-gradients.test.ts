/** Gradient rules where the feeds decide extents, or where outputs are not named: what single samples do not reach. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import type { Dim, Shape } from '../../src/core/shape.ts';
import { type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { verify } from '../../src/ops/verify.ts';
import { differentiate } from '../../src/passes/differentiate.ts';
import { counting } from './run.ts';

const array = (shape: Shape, data: readonly number[], dtype: DType = 'float32'): NdArray => ({
  dtype,
  shape,
  data: Float64Array.from(data),
});

/** The gradients of sum(value * weight), with `weight` an input like `value`, by graph inputs. */
function gradients(
  inputs: Readonly<Record<string, readonly Dim[]>>,
  weight: readonly Dim[],
  write: (builder: GraphBuilder) => string,
  feeds: Readonly<Record<string, NdArray>>,
): Record<string, number[]> {
  const builder = graphBuilder('symbolic');
  for (const [name, shape] of Object.entries(inputs)) builder.input(name, 'float32', shape);
  builder.input('weight', 'float32', weight);
  const product = builder.node('mul', [write(builder), 'weight']);
  const loss = builder.node('reduceSum', [product], { keepDims: false });
  builder.output(loss);
  const found = differentiate(builder.build(), { loss, parameters: Object.keys(inputs) });
  const values = interpret(verify(found.graph), new Map(Object.entries(feeds)));
  return Object.fromEntries(
    [...found.gradients].map(([name, value]) => [name, [...(values.get(value) as NdArray).data]]),
  );
}

describe('the gradient of concat', () => {
  it.each([0, 1, 2])('finds its parts around an open extent at place %i', (open) => {
    const extents: Dim[] = [2, 1, 3];
    extents[open] = 'n';
    const names = ['a', 'b', 'c'];
    const sizes = extents.map((extent) => (typeof extent === 'number' ? extent : 4));
    const total = sizes.reduce((sum, size) => sum + size);
    const feeds = Object.fromEntries(names.map((name, i) => [name, array([sizes[i]], counting(sizes[i]))]));
    const got = gradients(
      Object.fromEntries(names.map((name, i) => [name, [extents[i]]])),
      ['m'],
      (builder) => builder.node('concat', names, { axis: 0 }),
      { ...feeds, weight: array([total], counting(total)) },
    );
    const starts = [0, sizes[0], sizes[0] + sizes[1]];
    names.forEach((name, i) => {
      expect(got[name]).toEqual(counting(sizes[i]).map((at) => starts[i] + at));
    });
  });

  it('finds empty parts at the end', () => {
    const got = gradients({ a: ['n'], b: [0] }, ['n'], (builder) => builder.node('concat', ['a', 'b'], { axis: 0 }), {
      a: array([2], [0, 0]),
      b: array([0], []),
      weight: array([2], [5, 6]),
    });
    expect(got).toEqual({ a: [5, 6], b: [] });
  });

  it('splits evenly where all extents are one symbol', () => {
    const got = gradients(
      { a: ['n', 2], b: ['n', 2] },
      ['m', 2],
      (builder) => builder.node('concat', ['a', 'b'], { axis: -2 }),
      { a: array([1, 2], [0, 0]), b: array([1, 2], [0, 0]), weight: array([2, 2], [1, 2, 3, 4]) },
    );
    expect(got).toEqual({ a: [1, 2], b: [3, 4] });
  });

  it('is refused where several extents are open', () => {
    const feeds = { a: array([1], [0]), b: array([1], [0]), weight: array([1], [0]) };
    const write = (builder: GraphBuilder) => builder.node('concat', ['a', 'b'], { axis: 0 }, 'joint');
    expect(() => gradients({ a: ['n'], b: ['m'] }, [1], write, feeds)).toThrow(
      'concat "joint": want at most one extent along axis 0 that the feeds decide, or equal ones, to differentiate, got [n, m]',
    );
  });
});

describe('the gradient of split', () => {
  const named = (outputs: readonly string[], write: (builder: GraphBuilder) => string) => {
    const builder = graphBuilder('parts');
    builder.input('x', 'float32', ['n', 6]);
    const graph = builder.build();
    const nodes = [{ op: 'split', name: 'parts', inputs: ['x'], outputs, attributes: { axis: 1 } }];
    const next = graphBuilder('parts', { ...graph, nodes } satisfies Graph);
    const loss = next.node('reduceSum', [write(next)], { keepDims: false });
    const found = differentiate(next.build(), { loss, parameters: ['x'] });
    const values = interpret(verify(found.graph), new Map([['x', array([1, 6], [1, 2, 3, 4, 5, 6])]]));
    return [...(values.get(found.gradients.get('x') as string) as NdArray).data];
  };

  it('is zero for parts that nobody reads', () => {
    expect(named(['a', 'b', 'c'], (builder) => builder.node('mul', ['b', 'b']))).toEqual([0, 0, 6, 8, 0, 0]);
  });

  it('is zero for parts without a name', () => {
    expect(named(['', '', 'c'], (builder) => builder.node('mul', ['c', 'c']))).toEqual([0, 0, 0, 0, 10, 12]);
  });
});

describe('the gradient of matmul', () => {
  it('folds leading axes that the feeds decide', () => {
    const got = gradients(
      { a: ['batch', 'tokens', 2], b: [2, 1] },
      ['batch', 'tokens', 1],
      (builder) => builder.node('matmul', ['a', 'b']),
      { a: array([2, 1, 2], [1, 2, 3, 4]), b: array([2, 1], [5, 6]), weight: array([2, 1, 1], [1, 10]) },
    );
    expect(got).toEqual({ a: [5, 6, 50, 60], b: [31, 42] });
  });
});
