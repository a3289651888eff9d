import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { differentiate } from '../../src/passes/differentiate.ts';
import { settle } from '../../src/passes/settle.ts';

/** The second half of the rows or columns of x [n, 6, 4], where the half is computed from the extent of `axis`. */
function half(axis: number): Graph {
  const builder = graphBuilder('half');
  const x = builder.input('x', 'float32', ['n', 6, 4]);
  const number = (name: string, value: number) =>
    builder.constant(name, { encoding: 'dense', dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(value)) });
  const shape = builder.node('shape', [x], {}, 'shape');
  const extent = builder.node('slice', [shape], { starts: [axis], ends: [axis + 1], axes: [0] }, 'extent');
  const middle = builder.node('div', [extent, number('two', 2)], {}, 'middle');
  const part = builder.node('slice', [x, middle, extent], { axes: [axis], starts: [0], ends: [9] }, 'part');
  builder.output(builder.node('reduceSum', [part], { axes: [], keepDims: false }, 'sum'));
  const graph = builder.build();
  const nodes = graph.nodes.map((node) =>
    node.name === 'part' ? { ...node, attributes: { axes: [axis], starts: { input: 1 }, ends: { input: 2 } } } : node,
  );
  return { ...graph, nodes };
}

describe('settle', () => {
  it('makes numbers of what no open extent changes, so that there is a gradient', () => {
    const graph = settle(half(1));
    expect(graph.nodes.find(({ name }) => name === 'part')).toMatchObject({
      inputs: ['x'],
      attributes: { axes: [1], starts: [3], ends: [6] },
    });
    expect(differentiate(graph, { loss: 'sum:out', parameters: ['x'] }).gradients.has('x')).toBe(true);
  });

  it('leaves alone what follows from an open extent', () => {
    const graph = half(0);
    expect(settle(graph).nodes).toEqual(graph.nodes);
    expect(() => differentiate(graph, { loss: 'sum:out', parameters: ['x'] })).toThrow('slice "part": starts');
  });
});
