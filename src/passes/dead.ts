import { type Graph, type Node, resultsOf } from '../graph/graph.ts';
import { opOf } from '../ops/call.ts';

/**
 * Removes nodes and constants that no output or update needs; an optional output that nobody reads becomes ''.
 * Graph inputs stay: they are the caller's signature. So do updated constants: they can be read between runs.
 */
export function removeDead(graph: Graph): Graph {
  const needed = resultsOf(graph);
  for (const { constant } of graph.updates) needed.add(constant);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    const signature = opOf(node).outputs;
    const outputs = node.outputs.map((output, i) => (signature[i]?.endsWith('?') && !needed.has(output) ? '' : output));
    for (const input of node.inputs) if (input !== '') needed.add(input);
    nodes.push({ ...node, outputs });
  }
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)));
  return { ...graph, constants, nodes: nodes.reverse() };
}
