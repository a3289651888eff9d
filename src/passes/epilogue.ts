/** matmul, conv2d and convTranspose as the passes see them: a product by a weight, with slots for bias, activation and residual. */
import type { Attributes } from '../core/attributes.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { activations } from '../ops/activation.ts';
import { attributesOf } from '../ops/call.ts';
import { boolean } from '../ops/op.ts';

export interface Product {
  /** The axis of the weight (input 1) that runs over output features, counted from the back: where the bias runs too. */
  readonly outputAxis: -1 | -2 | -3 | -4;
  /** The same axis in the result. */
  readonly resultAxis: -1 | -3;
  /** Output features, if the weight is a constant. */
  readonly features: number | undefined;
}

export function isProduct(node: Node): boolean {
  return node.op === 'matmul' || node.op === 'conv2d' || node.op === 'convTranspose';
}

/**
 * The node as a product; undefined for other ops, and once an activation or a residual is fused, for nothing may slip in
 * before them.
 */
export function productOf(graph: Graph, node: Node): Product | undefined {
  if (!isProduct(node) || hasActivation(node) || hasResidual(node)) return undefined;
  const attributes = attributesOf(node);
  const shape = graph.constants.get(node.inputs[1])?.shape;
  // Filters of several groups lie along two axes, and only images have three axes of the result to count back.
  if (node.op === 'convTranspose' && (attributes.group !== 1 || shape?.length !== 4)) return undefined;
  const axes = { conv2d: -4, convTranspose: -3 } as const;
  const conv = node.op === 'conv2d' || node.op === 'convTranspose' ? axes[node.op] : undefined;
  const outputAxis = conv ?? (boolean(attributes, 'transposeB') ? -2 : -1);
  return { outputAxis, resultAxis: conv ? -3 : -1, features: shape?.at(outputAxis) };
}

export function hasBias(node: Node): boolean {
  return (node.inputs[2] ?? '') !== '';
}

export function hasActivation(node: Node): boolean {
  return (node.attributes.activation ?? 'none') !== 'none';
}

export function hasResidual(node: Node): boolean {
  return (node.inputs[3] ?? '') !== '';
}

/** An activation's node as the attributes of the product that it follows; undefined for other nodes. */
export function asActivation(node: Node): Attributes | undefined {
  for (const [activation, { op, attributes }] of Object.entries(activations)) {
    if (op.name !== node.op) continue;
    const own = attributesOf(node);
    if (Object.entries(attributes).some(([name, value]) => own[name] !== value)) continue;
    return node.op === 'clip' ? { activation, min: own.min, max: own.max } : { activation };
  }
  return undefined;
}

/**
 * Whether a tensor of this shape adds one number per feature and leaves the result's shape alone:
 * [N], [1, N] … for matmul, [OC, 1, 1] or [1, OC, 1, 1] for conv2d.
 */
export function runsAlong(
  shape: readonly number[],
  { resultAxis }: Product,
  features: number,
  rank = resultAxis === -3 ? 4 : 2,
): boolean {
  const axis = shape.length + resultAxis;
  return shape.length <= rank && shape[axis] === features && shape.every((extent, i) => i === axis || extent === 1);
}

/** Whether the constant is a single number, which adds no axis in front of the result. */
export function isScalar(shape: readonly number[], { resultAxis }: Product): boolean {
  return shape.length <= (resultAxis === -3 ? 4 : 2) && shape.every((extent) => extent === 1);
}
