/** A graph with numbers for the names in its shapes, in two ways, so that nothing that holds in both holds by chance. */
import { UsageError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { startTypes, symbolsOf, trials } from '../ops/infer.ts';
import { inferNode, type Known, knownConstants } from '../ops/known.ts';
import type { TensorType } from '../ops/op.ts';

/** Numbers in place of the names of a graph's shapes, and what follows from them. */
export interface Trial {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly known: Known;
  /** By value the node that makes it, without an attribute that is left to a value. */
  readonly makers: ReadonlyMap<string, Node>;
}

/** Two trials, or one where the graph has no names in its shapes; undefined where its shapes cannot be found so. */
export function trialsOf(graph: Graph): readonly Trial[] | undefined {
  const symbols = symbolsOf(graph.inputs);
  const found: Trial[] = [];
  const wanted = symbols.length === 0 ? 1 : 2;
  for (const { base, step } of trials) {
    const bound = new Map(symbols.map((symbol, i) => [symbol, base + step * i]));
    const trial = found.length < wanted ? tryWith(graph, bound) : undefined;
    if (trial) found.push(trial);
  }
  return found.length === wanted ? found : undefined;
}

function tryWith(graph: Graph, bound: ReadonlyMap<string, number>): Trial | undefined {
  const extents = graph.inputs.map(({ name, shape }): [string, Shape] => [
    name,
    shape.map((dim) => (typeof dim === 'number' ? dim : (bound.get(dim) ?? 1))),
  ]);
  try {
    const types = startTypes(graph, new Map(extents));
    const known = knownConstants(graph);
    const makers = new Map<string, Node>();
    for (const open of graph.nodes) {
      const node = inferNode(graph, open, types, known);
      for (const output of node.outputs) makers.set(output, node);
    }
    return { types, known, makers };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
