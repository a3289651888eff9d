/** A graph whose shapes are numbers: attributes that were left to values are settled, and what shapes alone decide is gone. */
import type { Shape } from '../core/shape.ts';
import { type Graph, type Node, resultsOf } from '../graph/graph.ts';
import { startTypes } from '../ops/infer.ts';
import { inferNode, isExact, type Known, knownConstants } from '../ops/known.ts';
import type { NdArray, TensorType } from '../ops/op.ts';

export interface Resolved {
  readonly graph: Graph;
  readonly types: ReadonlyMap<string, TensorType>;
  /** Values that nodes read and that no node makes any more. */
  readonly numbers: ReadonlyMap<string, NdArray>;
}

/** @param moving constants whose numbers change between runs */
export function resolve(graph: Graph, shapes: ReadonlyMap<string, Shape>, moving: ReadonlySet<string>): Resolved {
  const types = startTypes(graph, shapes);
  const known: Known = knownConstants(graph);
  for (const name of moving) known.delete(name);
  const results = resultsOf(graph);
  const nodes: Node[] = [];
  for (const open of graph.nodes) {
    const node = inferNode(graph, open, types, known);
    if (!isSettled(graph, node, known) || node.outputs.some((output) => results.has(output))) nodes.push(node);
  }
  const made = new Set([...graph.constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  const numbers = new Map<string, NdArray>();
  for (const input of nodes.flatMap(({ inputs }) => inputs)) {
    const value = made.has(input) ? undefined : known.get(input);
    if (value) numbers.set(input, value);
  }
  return { graph: { ...graph, nodes }, types, numbers };
}

/** What constants alone decide is left to constant folding: here it is about shapes. */
function isSettled(graph: Graph, { inputs, outputs }: Node, known: Known): boolean {
  const numbers = outputs.filter((output) => output !== '').map((output) => known.get(output));
  return (
    numbers.length > 0 &&
    numbers.every((value) => value !== undefined && isExact(value)) &&
    inputs.some((input) => input !== '' && !graph.constants.has(input))
  );
}
