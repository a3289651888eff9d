import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { differentiate } from '../../src/passes/differentiate.ts';
import { separateEpilogue } from '../../src/passes/separate-epilogue.ts';
import { equalAfter, nodesOf, weights } from './equal.ts';

const separate = (graph: Parameters<typeof separateEpilogue>[0]) => separateEpilogue(graph, () => true);

function fused(attributes: Parameters<ReturnType<typeof graphBuilder>['node']>[2], residual = false) {
  const b = graphBuilder('fused');
  const x = b.input('x', 'float32', ['batch', 5]);
  const inputs = [x, b.constant('w', weights([5, 5], 1)), b.constant('bias', weights([5], 2))];
  b.output(b.node('matmul', residual ? [...inputs, x] : inputs, attributes, 'fc'));
  return b.build();
}

describe('separateEpilogue', () => {
  it('gives the activation a node of its own', () => {
    expect(nodesOf(equalAfter(fused({ activation: 'hardSwish' }), separate))).toBe(
      'fc:sum = matmul(x, w, bias)  "fc"\nfc:out = hardSwish(fc:sum)  "fc:sum"\noutput fc:out',
    );
  });

  it('adds a residual where it was added', () => {
    expect(nodesOf(equalAfter(fused({ activation: 'tanh' }, true), separate))).toBe(
      'fc:sum = matmul(x, w, bias, x)  "fc"\nfc:out = tanh(fc:sum)  "fc:sum"\noutput fc:out',
    );
    expect(nodesOf(equalAfter(fused({ activation: 'relu', activationFirst: true }, true), separate))).toBe(
      [
        'fc:sum = matmul(x, w, bias)  "fc"',
        'fc:activated = relu(fc:sum)  "fc:sum"',
        'fc:out = add(fc:activated, x)  "fc:activated"',
        'output fc:out',
      ].join('\n'),
    );
  });

  it.each([
    ['relu', {}],
    ['clip', { min: 0, max: 6 }],
  ])('leaves %s, whose gradient follows from what it gave', (activation, bounds) => {
    const graph = fused({ activation, ...bounds }, true);
    expect(separate(graph).nodes).toEqual(graph.nodes);
  });

  it('serves differentiate, which makes no product twice', () => {
    const b = graphBuilder('loss', fused({ activation: 'gelu', activationFirst: true }, true));
    const loss = b.node('reduceSum', ['fc:out'], { axes: [], keepDims: false });
    const { nodes } = differentiate(b.build(), { loss, parameters: ['bias'] }).graph;
    expect(nodes.filter(({ op }) => op === 'matmul')).toHaveLength(1);
  });
});
