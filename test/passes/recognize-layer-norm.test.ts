import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { recognizeLayerNorm } from '../../src/passes/recognize-layer-norm.ts';
import { equalAfter, weights } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
const clean = (graph: Graph) => removeDead(recognizeLayerNorm(graph));
const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

interface Spelled {
  readonly axes?: readonly number[];
  readonly square?: (b: Builder, d: string) => string;
  readonly quotient?: (b: Builder, d: string, root: string) => string;
  readonly scale?: readonly number[];
  readonly finish?: (b: Builder, y: string) => void;
}

const power = (b: Builder, d: string) => b.node('pow', [d, b.scalar(2)]);
const divide = (b: Builder, d: string, root: string) => b.node('div', [d, root]);

function modelOf({ axes = [-1], square = power, quotient = divide, scale = [6], finish }: Spelled): Graph {
  const b = graphBuilder('norm');
  const x = b.input('x', 'float32', ['batch', 5, 6]);
  const d = b.node('sub', [x, b.node('reduceMean', [x], { axes })]);
  const variance = b.node('reduceMean', [square(b, d)], { axes });
  const y = quotient(b, d, b.node('sqrt', [b.node('add', [variance, b.scalar(1e-3)])]));
  const scaled = b.node('mul', [y, b.constant('scale', weights(scale, 1))]);
  if (finish) finish(b, scaled);
  else b.output(b.node('add', [scaled, b.constant('bias', weights([6], 2))]));
  return b.build();
}

describe('recognizeLayerNorm', () => {
  it.each<[string, Spelled]>([
    ['as PyTorch writes it', {}],
    ['with a product for the square', { square: (b, d) => b.node('mul', [d, d]) }],
    ['with a reciprocal', { quotient: (b, d, root) => b.node('mul', [d, b.node('reciprocal', [root])]) }],
    ['without a bias', { finish: (b, y) => b.output(y) }],
  ])('%s', (_, spelled) => {
    const after = equalAfter(modelOf(spelled), clean);
    expect(ops(after)).toEqual(['layerNorm']);
    expect(after.nodes[0].attributes).toMatchObject({ axis: -1 });
  });

  it.each<[string, Spelled]>([
    ['another axis', { axes: [1] }],
    ['another power', { square: (b, d) => b.node('pow', [d, b.scalar(3)]) }],
    ['a quotient the wrong way round', { quotient: (b, d, root) => b.node('div', [root, d]) }],
    ['a scale that is no vector', { scale: [5, 6] }],
    [
      'a result that others read before it is scaled',
      {
        quotient: (b, d, root) => {
          const y = b.node('div', [d, root]);
          b.output(b.node('neg', [y]));
          return y;
        },
      },
    ],
  ])('leaves %s', (_, spelled) => {
    const graph = modelOf(spelled);
    expect(ops(clean(graph))).toEqual(ops(graph));
  });
});
