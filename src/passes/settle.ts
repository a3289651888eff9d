import { isInputRef } from '../core/attributes.ts';
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { closed, isOpen } from '../ops/call.ts';
import { type Inference, inference } from '../ops/infer.ts';
import type { NdArray } from '../ops/op.ts';

/**
 * Makes numbers of attributes that were left to values and come out the same whatever the open extents are: the bounds of a slice
 * that an exporter computes from a width that never changes. A graph whose shapes cannot be inferred symbolically stays as it is.
 */
export function settle(graph: Graph): Graph {
  if (!graph.nodes.some(isOpen)) return graph;
  let types: Inference;
  try {
    types = inference(graph);
  } catch (error) {
    if (error instanceof UsageError) return graph;
    throw error;
  }
  const nodes = graph.nodes.map((node) => {
    if (!isOpen(node)) return node;
    const known = new Map<string, NdArray>();
    for (const input of node.inputs) {
      const numbers = types.numbersOf(input);
      if (numbers) known.set(input, numbers);
    }
    const open = Object.values(node.attributes).some(
      (value) => isInputRef(value) && !known.has(node.inputs[value.input]),
    );
    return open ? node : closed(node, known);
  });
  return { ...graph, nodes };
}
