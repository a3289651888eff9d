import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { recognizeAttention } from '../../src/passes/recognize-attention.ts';
import { equalAfter, weights } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
const clean = (graph: Graph) => removeDead(recognizeAttention(graph));
const attentions = ({ nodes }: Graph): Node[] => nodes.filter(({ op }) => op === 'attention');
const [HEADS, SIZE] = [3, 4];
const WIDTH = HEADS * SIZE;

/** Heads apart as PyTorch's view and transpose put them: [n, heads, s, size]. */
const apart = (b: Builder, x: string, size = SIZE) =>
  b.node('transpose', [b.node('reshape', [x], { shape: [0, 0, HEADS, size] })], { perm: [0, 2, 1, 3] });
const together = (b: Builder, y: string, size = SIZE) =>
  b.node('reshape', [b.node('transpose', [y], { perm: [0, 2, 1, 3] })], { shape: [0, 0, HEADS * size] });
const keysOf = (b: Builder, x: string) =>
  b.node('transpose', [b.node('reshape', [x], { shape: [0, 0, HEADS, SIZE] })], { perm: [0, 2, 3, 1] });
const times = (b: Builder, x: string, factor: number) => b.node('mul', [x, b.scalar(factor)]);

interface Spelled {
  readonly queries?: (b: Builder, q: string) => string;
  readonly keys?: (b: Builder, k: string) => string;
  /** From the product to what softmax reads. */
  readonly scores?: (b: Builder, s: string) => string;
  readonly after?: (b: Builder, p: string) => string;
  readonly out?: (b: Builder, y: string) => string;
}

/** Attention of three inputs, q [n, s, 12], k and v [n, t, 12]. */
function modelOf(
  { queries, keys, scores, after, out }: Spelled,
  [s, t]: readonly (string | number)[] = ['s', 't'],
): Graph {
  const b = graphBuilder('attention');
  const [q, k, v] = [['q', s] as const, ['k', t] as const, ['v', t] as const].map(([name, tokens]) =>
    b.input(name, 'float32', ['n', tokens, WIDTH]),
  );
  const product = b.node('matmul', [queries?.(b, apart(b, q)) ?? apart(b, q), keys?.(b, keysOf(b, k)) ?? keysOf(b, k)]);
  const p = b.node('softmax', [scores?.(b, product) ?? b.node('div', [product, b.scalar(2)])], { axis: -1 });
  const y = b.node('matmul', [after?.(b, p) ?? p, apart(b, v)]);
  b.output(out?.(b, y) ?? together(b, y));
  return b.build();
}

function alsoRead(b: Builder, value: string): string {
  b.output(b.node('neg', [value]));
  return value;
}

const low = Number.NEGATIVE_INFINITY;
const triangle = (n: number, fill: number) => ({
  encoding: 'dense' as const,
  dtype: 'float32' as const,
  shape: [1, 1, n, n],
  data: Float32Array.from({ length: n * n }, (_, i) => (i % n > Math.floor(i / n) ? fill : 0)),
});

describe('recognizeAttention', () => {
  it.each<[string, Spelled, Readonly<Record<string, unknown>>]>([
    ['a scale on the scores', {}, { heads: HEADS, scale: 0.5 }],
    [
      'a scale on the queries',
      { queries: (b, q) => times(b, q, 0.3), scores: (_, s) => s },
      { scale: Math.fround(0.3) },
    ],
    [
      'a scale on both, as scaled_dot_product_attention has it',
      { queries: (b, q) => times(b, q, 0.5), keys: (b, k) => times(b, k, 0.25), scores: (_, s) => s },
      { scale: 0.125 },
    ],
    [
      'a scale that is computed',
      { queries: (b, q) => b.node('mul', [q, b.node('sqrt', [b.scalar(4)])]), scores: (_, s) => s },
      { scale: 2 },
    ],
    ['no scale', { scores: (_, s) => s }, { scale: 1 }],
    [
      'views around the softmax',
      {
        scores: (b, s) => b.node('flatten', [s], { axis: 3 }),
        after: (b, p) => b.node('reshape', [p], { shape: [-1, HEADS, 3, 3] }),
      },
      { scale: 1 },
    ],
  ])('%s', (_, spelled, attributes) => {
    const tokens = spelled.after ? [3, 3] : ['s', 't'];
    const after = equalAfter(modelOf(spelled, tokens), clean);
    expect(after.nodes.map(({ op }) => op)).toEqual(['attention']);
    expect(after.nodes[0].inputs).toEqual(['q', 'k', 'v']);
    expect(after.nodes[0].attributes).toMatchObject(attributes);
  });

  it.each<[string, (b: Builder) => string, string]>([
    ['of keys', (b) => b.input('mask', 'float32', ['n', 1, 1, 't']), 'mask'],
    ['of queries and keys', (b) => b.input('mask', 'float32', ['s', 't']), 'mask'],
    ['of everything', (b) => b.input('mask', 'float32', ['n', HEADS, 's', 't']), 'mask'],
  ])('a mask %s', (_, mask, input) => {
    for (const swap of [false, true]) {
      const scores = (b: Builder, s: string) => b.node('add', swap ? [mask(b), s] : [s, mask(b)]);
      const after = equalAfter(modelOf({ scores }), clean);
      expect(after.nodes.map(({ op }) => op)).toEqual(['attention']);
      expect(after.nodes[0].inputs[3]).toBe(input);
    }
  });

  it('two masks and a condition, one after the other', () => {
    const scores = (b: Builder, s: string) => {
      const once = b.node('add', [times(b, s, 0.5), b.input('one', 'float32', ['n', 1, 's', 't'])]);
      const chosen = b.node('where', [b.input('seen', 'bool', ['n', 1, 1, 't']), once, b.scalar(-1e9)]);
      return b.node('add', [chosen, b.input('two', 'float32', ['t'])]);
    };
    const after = equalAfter(modelOf({ scores }), clean);
    expect(after.nodes.map(({ op }) => op)).toEqual(['where', 'add', 'add', 'attention']);
    expect(attentions(after)[0].attributes).toMatchObject({ scale: 0.5 });
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['a constant that is added', (b, s) => b.node('add', [s, b.constant('mask', triangle(5, low))])],
    [
      'a constant that is chosen by',
      (b, s) => b.node('where', [b.node('cast', [b.constant('m', triangle(5, 1))], { to: 'bool' }), b.scalar(-1e9), s]),
    ],
    [
      'a triangle made as PyTorch makes it',
      (b, s) => {
        const ones = b.node('expand', [b.scalar(1)], { shape: [5, 5] });
        const zero = b.node('equal', [b.node('trilu', [ones], { upper: false }), b.scalar(0)]);
        return b.node('add', [s, b.node('where', [zero, b.scalar(low), b.scalar(0)])]);
      },
    ],
    [
      'a triangle that chooses',
      (b, s) => {
        const ones = b.node('trilu', [b.node('expand', [b.scalar(1)], { shape: [5, 5] })], { upper: false });
        return b.node('where', [b.node('cast', [ones], { to: 'bool' }), s, b.scalar(low)]);
      },
    ],
  ])('causal by %s', (about, scores) => {
    const after = equalAfter(modelOf({ scores }, [5, 5]), clean);
    const [found] = attentions(after);
    // A condition that is computed of a constant is folded before, in the pipeline.
    if (about.includes('chosen by')) expect(found.inputs).toHaveLength(4);
    else expect(found).toMatchObject({ inputs: ['q', 'k', 'v'], attributes: { causal: true } });
  });

  it('a mask that is nearly causal stays a mask', () => {
    const mask = triangle(5, low);
    mask.data[7] = -2;
    const after = equalAfter(modelOf({ scores: (b, s) => b.node('add', [s, b.constant('m', mask)]) }, [5, 5]), clean);
    expect(attentions(after)[0].attributes).not.toHaveProperty('causal');
  });

  it('one product for queries, keys and values, cut as Paddle does', () => {
    const b = graphBuilder('paddle');
    const x = b.input('x', 'float32', ['n', 's', 10]);
    const qkv = b.node('add', [
      b.node('matmul', [x, b.constant('w', weights([10, 3 * WIDTH], 1))]),
      b.constant('b', weights([3 * WIDTH], 2)),
    ]);
    const split = b.node('transpose', [b.node('reshape', [qkv], { shape: [0, -1, 3, HEADS, SIZE] })], {
      perm: [2, 0, 3, 1, 4],
    });
    const part = (i: number) =>
      b.node('squeeze', [b.node('slice', [split], { starts: [i], ends: [i + 1], axes: [0] })], { axes: [0] });
    const keys = b.node('transpose', [part(1)], { perm: [0, 1, 3, 2] });
    const p = b.node('softmax', [b.node('matmul', [times(b, part(0), 0.5), keys])], { axis: -1 });
    b.output(together(b, b.node('matmul', [p, part(2)])));
    const after = equalAfter(b.build(), clean);
    expect(after.nodes.map(({ op }) => op)).toEqual(['matmul', 'add', 'attention']);
    const { inputs, attributes } = after.nodes[2];
    expect(new Set(inputs).size).toBe(1);
    expect(attributes).toMatchObject({ headSizes: [4, 4], starts: [0, 12, 24], scale: 0.5 });
  });

  it.each([1, 'n'] as const)('nn.MultiheadAttention, tokens first, %s items', (n) => {
    const b = graphBuilder('tokens first');
    const qkv = b.input('qkv', 'float32', ['s', n, 3 * WIDTH]);
    const [q, k, v] = b
      .nodes('split', [qkv], 3, { axis: 2 })
      .map((x) => b.node('reshape', [x], { shape: [0, n === 1 ? HEADS : -1, SIZE] }));
    const scores = b.node('matmul', [
      b.node('div', [b.node('transpose', [q], { perm: [1, 0, 2] }), b.scalar(2)]),
      b.node('transpose', [k], { perm: [1, 2, 0] }),
    ]);
    const y = b.node('matmul', [
      b.node('softmax', [scores], { axis: -1 }),
      b.node('transpose', [v], { perm: [1, 0, 2] }),
    ]);
    b.output(b.node('reshape', [b.node('transpose', [y], { perm: [1, 0, 2] })], { shape: [-1, WIDTH] }));
    const after = equalAfter(b.build(), clean);
    expect(attentions(after)).toHaveLength(1);
    expect(attentions(after)[0].attributes).toMatchObject({ starts: [0, 12, 24] });
  });

  it('keys times queries, as Keras writes its equations', () => {
    const b = graphBuilder('keras');
    const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, 'float32', ['n', 's', HEADS, SIZE]));
    const keys = b.node('transpose', [k], { perm: [0, 2, 1, 3] });
    const queries = b.node('transpose', [times(b, q, 0.5)], { perm: [0, 2, 3, 1] });
    const scores = b.node('transpose', [b.node('matmul', [keys, queries])], { perm: [0, 1, 3, 2] });
    const p = b.node('softmax', [b.node('add', [scores, b.input('mask', 'float32', ['n', 1, 's', 's'])])], {
      axis: -1,
    });
    const y = b.node('matmul', [p, b.node('transpose', [v], { perm: [0, 2, 1, 3] })]);
    b.output(b.node('transpose', [y], { perm: [0, 2, 1, 3] }));
    const after = equalAfter(b.build(), clean);
    expect(after.nodes.map(({ op }) => op)).toEqual(['reshape', 'reshape', 'reshape', 'attention', 'reshape']);
    expect(attentions(after)[0].attributes).toMatchObject({ heads: HEADS, scale: 0.5 });
  });

  it('one head without leading axes', () => {
    const b = graphBuilder('alone');
    const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, 'float32', ['s', 7]));
    const p = b.node('softmax', [b.node('matmul', [q, k], { transposeB: true })], { axis: 1 });
    b.output(b.node('matmul', [p, v]));
    const after = equalAfter(b.build(), clean);
    expect(attentions(after)).toHaveLength(1);
  });

  it.each<[string, Spelled]>([
    ['scores that others read', { scores: (b, s) => alsoRead(b, s) }],
    ['probabilities that the graph returns', { after: (b, p) => alsoRead(b, p) }],
    [
      'a scale behind a mask',
      { scores: (b, s) => times(b, b.node('add', [s, b.input('m', 'float32', ['s', 't'])]), 0.5) },
    ],
    ['a score that is clipped', { scores: (b, s) => b.node('clip', [s], { min: -5, max: 5 }) }],
    [
      'a number that is not low',
      { scores: (b, s) => b.node('where', [b.input('c', 'bool', ['s', 't']), s, b.scalar(-3)]) },
    ],
    ['a factor for every head', { queries: (b, q) => b.node('mul', [q, b.constant('f', weights([HEADS, 1, 1], 1))]) }],
    ['heads that are not brought together', { out: (b, y) => b.node('neg', [y]) }],
    ['features out of order', { out: (b, y) => b.node('transpose', [y], { perm: [0, 2, 3, 1] }) }],
  ])('leaves %s', (_, spelled) => {
    expect(attentions(clean(modelOf(spelled)))).toEqual([]);
  });

  it('leaves softmax over another axis', () => {
    const graph = modelOf({});
    const nodes = graph.nodes.map((node) => (node.op === 'softmax' ? { ...node, attributes: { axis: 2 } } : node));
    expect(attentions(clean({ ...graph, nodes }))).toEqual([]);
  });
});
