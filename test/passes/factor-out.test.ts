import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { factorOut } from '../../src/passes/factor-out.ts';
import { equalAfter } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
const fold = (graph: Graph) => removeDead(factorOut(graph));
const ops = (graph: Graph) => equalAfter(graph, fold).nodes.map(({ op }) => op);

/** x [batch, 4, 3, 5] and a gate of some shape. */
function modelOf(shape: readonly (number | string)[], join: (b: Builder, x: string, gate: string) => string[]): Graph {
  const b = graphBuilder('gated');
  const x = b.input('x', 'float32', ['batch', 4, 3, 5]);
  b.output(...join(b, x, b.input('gate', 'float32', shape)));
  return b.build();
}

describe('factorOut', () => {
  it.each([['batch', 4, 1, 1], [4, 1, 1], [1]].map((shape) => [shape] as const))('adds 1 to a gate %s', (shape) => {
    expect(ops(modelOf(shape, (b, x, gate) => [b.node('add', [x, b.node('mul', [x, gate])])]))).toEqual(['add', 'mul']);
    expect(ops(modelOf(shape, (b, x, gate) => [b.node('add', [b.node('mul', [gate, x]), x])]))).toEqual(['add', 'mul']);
  });

  it('leaves a gate that is as large as what it gates, or larger', () => {
    for (const shape of [
      ['batch', 4, 3, 5],
      [2, 1, 4, 3, 5],
    ])
      expect(ops(modelOf(shape, (b, x, gate) => [b.node('add', [x, b.node('mul', [x, gate])])]))).toEqual([
        'mul',
        'add',
      ]);
  });

  it('leaves a product that others read too, and one of other things', () => {
    const read = modelOf([4, 1, 1], (b, x, gate) => {
      const product = b.node('mul', [x, gate]);
      return [b.node('add', [x, product]), product];
    });
    expect(ops(read)).toEqual(['mul', 'add']);
    const other = modelOf([4, 1, 1], (b, x, gate) => [b.node('add', [x, b.node('mul', [b.node('relu', [x]), gate])])]);
    expect(ops(other)).toEqual(['relu', 'mul', 'add']);
  });
});
