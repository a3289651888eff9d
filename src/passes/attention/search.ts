/** What the parts of the search for attention share. */
import type { Shape } from '../../core/shape.ts';
import { type Graph, type Node, resultsOf } from '../../graph/graph.ts';
import { opOf } from '../../ops/call.ts';
import type { Trial } from '../trials.ts';

export interface Search {
  readonly graph: Graph;
  readonly trials: readonly Trial[];
  readonly makers: ReadonlyMap<string, Node>;
  /** By value the one node that reads its numbers; absent where several do, or the graph itself. */
  readonly readers: ReadonlyMap<string, Node>;
}

/** A shape that is read outlives the numbers. */
export function readersOf(graph: Graph): Map<string, Node> {
  const readers = new Map<string, Node>();
  const shared = resultsOf(graph);
  for (const node of graph.nodes) {
    const { shapeOnly } = opOf(node);
    node.inputs.forEach((input, i) => {
      if (shapeOnly?.includes(i)) return;
      if (readers.has(input)) shared.add(input);
      readers.set(input, node);
    });
  }
  for (const value of shared) readers.delete(value);
  return readers;
}

/** One per trial; undefined where one has none, or it is no float32. */
export function shapesOf(value: string, { trials }: Search): Shape[] | undefined {
  const shapes = trials.flatMap(({ types }) => {
    const type = types.get(value);
    return type?.dtype === 'float32' ? [type.shape] : [];
  });
  return shapes.length === trials.length ? shapes : undefined;
}
