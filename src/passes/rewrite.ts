/** What passes share: constants that may be computed with, values that stand for others, nodes that are spliced out. */
import type { Constant, DenseConstant } from '../formats/constant.ts';
import { type Graph, type Node, resultsOf } from '../graph/graph.ts';

export type Pass = (graph: Graph) => Graph;

/** Names of constants that updates rewrite: their present values must not be computed with. */
export function updatedConstants(graph: Graph): ReadonlySet<string> {
  return new Set(graph.updates.map(({ constant }) => constant));
}

/** The dense float32 constant of this name, if its values never change. */
export function frozenDense(
  graph: Graph,
  updated: ReadonlySet<string>,
  name: string | undefined,
): DenseConstant | undefined {
  const constant = name === undefined || updated.has(name) ? undefined : graph.constants.get(name);
  return constant?.encoding === 'dense' && constant.dtype === 'float32' ? constant : undefined;
}

/** How often nodes and the graph itself use each value; a node that reads a value twice counts twice. */
export function usesOf(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (value: string) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.filter((input) => input !== '').forEach(count);
  graph.outputs.forEach(count);
  for (const update of graph.updates) for (const value of [update.value, update.constant]) count(value);
  return uses;
}

/**
 * Sets a changed version of a constant and returns its name: the old name if a single use had it, else a new one beside
 * it. `name` may be new altogether.
 */
export function replaceConstant(
  constants: Map<string, Constant>,
  uses: ReadonlyMap<string, number>,
  name: string,
  constant: Constant,
): string {
  let unique = name;
  if ((uses.get(name) ?? 0) > 1 || !constants.has(name))
    for (let i = 1; constants.has(unique) || uses.has(unique); i++) unique = `${name}.${i}`;
  constants.set(unique, constant);
  return unique;
}

/**
 * Removes every one-output node for which `source` names the value that its output equals.
 *
 * Names of graph outputs and updated values survive: there the maker of the source takes over the name. Where it cannot
 * (the source is an input, a constant or itself such a value) the node stays.
 */
export function spliceOut(graph: Graph, source: (node: Node) => string | undefined): Graph {
  const results = resultsOf(graph);
  const made = new Set<string>();
  const standIn = new Map<string, string>();
  const nameOf = (value: string): string => {
    let name = value;
    for (let next = standIn.get(name); next !== undefined; next = standIn.get(name)) name = next;
    return name;
  };
  const kept: Node[] = [];
  for (const node of graph.nodes) {
    const from = source(node);
    const output = node.outputs[0];
    if (from !== undefined) {
      const equal = nameOf(from);
      const taken = results.has(output);
      if (!taken || (made.has(equal) && !results.has(equal))) {
        if (taken) standIn.set(equal, output);
        else standIn.set(output, equal);
        continue;
      }
    }
    kept.push(node);
    for (const value of node.outputs) made.add(value);
  }
  if (standIn.size === 0) return graph;
  // Nodes that are not concerned stay the very same: what was inferred of them is remembered.
  const concerned = ({ inputs, outputs }: Node) => [...inputs, ...outputs].some((name) => standIn.has(name));
  const nodes = kept.map((node) =>
    concerned(node) ? { ...node, inputs: node.inputs.map(nameOf), outputs: node.outputs.map(nameOf) } : node,
  );
  return { ...graph, nodes };
}
