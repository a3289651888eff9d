/** matmul and conv2d as the passes see them: a product by a weight, with a bias slot and an activation slot. */
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { boolean, string } from '../ops/op.ts';

export interface Product {
  /** The axis of the weight (input 1) that runs over output features, counted from the back: where the bias runs too. */
  readonly outputAxis: -1 | -2 | -4;
  /** The same axis in the result. */
  readonly resultAxis: -1 | -3;
  /** Output features, if the weight is a constant. */
  readonly features: number | undefined;
}

/** The node as a product; undefined for other ops, and once an activation is fused, for nothing may slip in before it. */
export function productOf(graph: Graph, node: Node): Product | undefined {
  if (node.op !== 'matmul' && node.op !== 'conv2d') return undefined;
  const attributes = attributesOf(node);
  if (string(attributes, 'activation') !== 'none') return undefined;
  const conv = node.op === 'conv2d';
  const outputAxis = conv ? -4 : boolean(attributes, 'transposeB') ? -2 : -1;
  return {
    outputAxis,
    resultAxis: conv ? -3 : -1,
    features: graph.constants.get(node.inputs[1])?.shape.at(outputAxis),
  };
}

export function hasBias(node: Node): boolean {
  return (node.inputs[2] ?? '') !== '';
}
