/** When values and buffers are last needed. */
import type { Graph, Node } from '../graph/graph.ts';
import { resultsOf } from '../graph/graph.ts';
import { opOf } from '../ops/call.ts';
import type { Buffer, Step } from './plan.ts';

/** Per value the index of the last node that reads its numbers; results of the graph are read after the last node. */
export function lastUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    const { shapeOnly } = opOf(node);
    node.inputs.forEach((input, i) => {
      if (input !== '' && !shapeOnly?.includes(i)) uses.set(input, index);
    });
  });
  for (const result of resultsOf(graph)) uses.set(result, graph.nodes.length);
  return uses;
}

/** Per value the nodes that read it, in order, each once. */
export function readersOf(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const input of new Set(node.inputs))
      if (input !== '') readers.set(input, [...(readers.get(input) ?? []), node]);
  return readers;
}

/** Stretches every buffer over the steps that touch it; `kept` ones live on until the run is over. */
export function stretch(buffers: readonly Buffer[], steps: readonly Step[], kept: readonly number[]): void {
  steps.forEach((step, index) => {
    for (const id of [...step.reads, ...step.writes]) {
      if (id < 0) continue;
      buffers[id].first = Math.min(buffers[id].first, index);
      buffers[id].last = Math.max(buffers[id].last, index);
    }
  });
  for (const id of kept) buffers[id].last = steps.length;
}
