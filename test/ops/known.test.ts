import { describe, expect, it } from 'vitest';
import type { Constant } from '../../src/formats/constant.ts';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { inferTypes } from '../../src/ops/infer.ts';

const node: Node = {
  op: 'reshape',
  name: 'r',
  inputs: ['x', 's'],
  outputs: ['y'],
  attributes: { shape: { input: 1 } },
};

function shapeFor(numbers: readonly number[], x: readonly number[]): readonly number[] | undefined {
  const data = BigInt64Array.from(numbers, BigInt);
  const shape: Constant = { encoding: 'dense', dtype: 'int64', shape: [numbers.length], data };
  const graph: Graph = {
    ...{ name: 'g', inputs: [{ name: 'x', dtype: 'float32', shape: x }], outputs: ['y'], updates: [] },
    ...{ constants: new Map([['s', shape]]), nodes: [node] },
  };
  return inferTypes(graph, new Map([['x', x]])).get('y')?.shape;
}

describe('what was inferred of a node', () => {
  it('is not taken for other shapes or other numbers', () => {
    expect(shapeFor([3, 2], [6])).toEqual([3, 2]);
    expect(shapeFor([3, 2], [2, 3])).toEqual([3, 2]);
    expect(shapeFor([-1, 2], [2, 3])).toEqual([3, 2]);
    expect(shapeFor([-1, 2], [4, 3])).toEqual([6, 2]);
    expect(shapeFor([3, 2], [6])).toEqual([3, 2]);
    expect(() => shapeFor([3, 2], [7])).toThrow('reshape "r"');
  });
});
