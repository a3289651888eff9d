import { describe, expect, it } from 'vitest';
import { csr } from '../../src/formats/csr.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { foldAffine } from '../../src/passes/fold-affine.ts';
import { foldScalars } from '../../src/passes/fold-scalars.ts';
import { equalAfter, weights } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

/** x [batch, 4, 5, 5] through `before`, a convolution with 6 filters, `after`. */
function modelOf(
  before: (b: Builder, x: string) => string,
  after: (b: Builder, y: string) => string,
  attributes = {},
  group = 1,
): Graph {
  const b = graphBuilder('model');
  const x = before(b, b.input('x', 'float32', ['batch', 4, 5, 5]));
  const weight = b.constant('w', weights([6, 4 / group, 3, 3], 1));
  b.output(after(b, b.node('conv2d', [x, weight, b.constant('b', weights([6], 2))], { group, ...attributes })));
  return b.build();
}

const nothing = (_: Builder, x: string) => x;

describe('foldAffine', () => {
  const fold = (graph: Graph) => removeDead(foldAffine(graph));

  it.each<[string, (b: Builder, y: string) => string]>([
    ['a factor and a shift', (b, y) => b.node('add', [b.node('mul', [b.scalar(2.5), y]), b.scalar(-1)])],
    ['a quotient and a difference', (b, y) => b.node('sub', [b.node('div', [y, b.scalar(4)]), b.scalar(3)])],
    ['a factor per channel', (b, y) => b.node('mul', [y, b.constant('f', weights([6, 1, 1], 3))])],
    ['a shift per channel, all axes given', (b, y) => b.node('add', [b.constant('f', weights([1, 6, 1, 1], 3)), y])],
  ])('works %s into the convolution before', (_, after) => {
    expect(ops(equalAfter(modelOf(nothing, after), fold))).toEqual(['conv2d']);
  });

  it.each<[string, (b: Builder, y: string) => string]>([
    ['a factor per column', (b, y) => b.node('mul', [y, b.constant('f', weights([3], 3))])],
    ['a factor that adds an axis', (b, y) => b.node('mul', [y, b.constant('f', weights([1, 1, 6, 1, 1], 3))])],
    ['a number divided by the product', (b, y) => b.node('div', [b.scalar(1), y])],
    ['the product times itself', (b, y) => b.node('mul', [y, y])],
  ])('leaves %s', (_, after) => {
    const graph = modelOf(nothing, after);
    expect(ops(equalAfter(graph, fold))).toEqual(ops(graph));
  });
});

describe('foldScalars', () => {
  const fold = (graph: Graph) => removeDead(foldScalars(graph));
  const affine = (b: Builder, x: string) => b.node('add', [b.node('mul', [x, b.scalar(0.5)]), b.scalar(2)]);

  it('works a factor and a shift into the convolution behind', () => {
    expect(ops(equalAfter(modelOf(affine, nothing), fold))).toEqual(['conv2d']);
    expect(ops(equalAfter(modelOf(affine, nothing, {}, 2), fold))).toEqual(['conv2d']);
  });

  it('moves a factor across padding, not a shift', () => {
    const pads = { pads: [1, 1, 1, 1] };
    expect(ops(equalAfter(modelOf(affine, nothing, pads), fold))).toEqual(['add', 'conv2d']);
    const tiny = (b: Builder, x: string) => b.node('add', [b.node('mul', [x, b.scalar(1e-6)]), b.scalar(2)]);
    expect(ops(equalAfter(modelOf(tiny, nothing, pads), fold))).toEqual(['mul', 'add', 'conv2d']);
    const scaled = (b: Builder, x: string) => b.node('mul', [b.scalar(0.5), x]);
    expect(ops(equalAfter(modelOf(scaled, nothing, pads), fold))).toEqual(['conv2d']);
  });

  it('keeps a sparse weight sparse', () => {
    const b = graphBuilder('sparse');
    const { data, shape } = weights([4, 6], 1);
    const keep = Uint8Array.from(data as Float32Array, (value) => (value > 0 ? 1 : 0));
    const w = csr.fromDense(data as Float32Array, shape, 1, keep);
    b.output(b.node('matmul', [affine(b, b.input('x', 'float32', ['batch', 4])), b.constant('w', w)]));
    const after = equalAfter(b.build(), fold);
    expect(ops(after)).toEqual(['matmul']);
    expect(after.constants.get('w')).toMatchObject({ encoding: 'csr', columns: w.columns });
  });

  it('leaves what others read too', () => {
    const b = graphBuilder('shared');
    const x = b.node('mul', [b.input('x', 'float32', ['batch', 4]), b.scalar(0.5)]);
    b.output(b.node('matmul', [x, b.constant('w', weights([4, 6], 1))]), x);
    expect(ops(equalAfter(b.build(), fold))).toEqual(['mul', 'matmul']);
  });
});
