import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf, isOpen, opOf } from './call.ts';
import type { OpCall, TensorType } from './op.ts';

export interface Weight {
  /** The constant. */
  readonly name: string;
  /** The first node that uses it as a weight. */
  readonly node: Node;
  readonly outputAxis: number;
}

/**
 * Constants that every one of their uses sees as a matrix with the same output axis: what pruning may thin out and
 * sparse kernels may run.
 */
export function weightsOf(graph: Graph): Weight[] {
  const found = new Map<string, Weight | undefined>();
  for (const node of graph.nodes) {
    const op = opOf(node);
    const weight = isOpen(node) ? undefined : op.weight?.(constantCall(graph, node));
    node.inputs.forEach((input, i) => {
      if (input === '' || !graph.constants.has(input)) return;
      const fits = weight?.input === i;
      const known = found.get(input);
      if (!found.has(input)) found.set(input, fits ? { name: input, node, outputAxis: weight.outputAxis } : undefined);
      else if (!fits || known?.outputAxis !== weight.outputAxis) found.set(input, undefined);
    });
  }
  return [...found.values()].filter((weight) => weight !== undefined);
}

/** A call in which only constants have types: enough to ask an op which input is its weight. */
function constantCall(graph: Graph, node: Node): OpCall {
  const types = node.inputs.map((input): TensorType | undefined => {
    const constant = graph.constants.get(input);
    return constant && { dtype: constant.dtype, shape: constant.shape };
  });
  return {
    node,
    attributes: attributesOf(node),
    types,
    constants: node.inputs.map((input) => graph.constants.get(input)),
  };
}
