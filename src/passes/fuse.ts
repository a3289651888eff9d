import type { Attributes } from '../core/attributes.ts';
import { sameShape } from '../core/shape.ts';
import type { Graph, Node } from '../graph/graph.ts';
import {
  asActivation,
  hasActivation,
  hasBias,
  hasResidual,
  isProduct,
  type Product,
  productOf,
  runsAlong,
} from './epilogue.ts';
import { replaceConstant, updatedConstants, usesOf } from './rewrite.ts';
import { symbolicTypes } from './symbolic.ts';

/** A product that nobody but the node after it reads. */
interface Fusible {
  readonly node: Node;
  /** Where it stands. */
  readonly at: number;
  readonly value: string;
}

/**
 * Moves what follows a matmul or conv2d into it, where nobody else reads what is between: a constant bias, an activation,
 * and a residual, another value of the result's shape that is added, before the activation or behind it. Serves training
 * graphs too: a bias that is updated is fused if it has the shape [features] already.
 *
 * @param moving further constants that change between runs, by another graph that shares them
 */
export function fuseEpilogue(graph: Graph, moving: Iterable<string> = []): Graph {
  const updated = new Set([...updatedConstants(graph), ...moving]);
  const uses = usesOf(graph);
  const types = symbolicTypes(graph);
  const constants = new Map(graph.constants);
  const nodes: (Node | undefined)[] = [];
  const makers = new Map<string, number>();

  const withBias = (node: Node, product: Product, next: Node): Node | undefined => {
    const value = node.outputs[0];
    const other = besides(next, value);
    const constant = constants.get(other);
    const features = product.features ?? types.get(value)?.shape.at(product.resultAxis);
    if (hasBias(node) || typeof features !== 'number' || constant?.encoding !== 'dense') return undefined;
    if (constant.dtype !== 'float32' || !runsAlong(constant.shape, product, features, types.get(value)?.shape.length))
      return undefined;
    const flat = sameShape(constant.shape, [features]);
    if (!flat && updated.has(other)) return undefined;
    const bias = flat ? other : replaceConstant(constants, uses, other, { ...constant, shape: [features] });
    return { ...node, inputs: [node.inputs[0], node.inputs[1], bias], outputs: next.outputs };
  };

  const withActivation = (node: Node, activation: Attributes, next: Node): Node => {
    const { activationFirst, ...attributes } = node.attributes;
    return { ...node, outputs: next.outputs, attributes: { ...attributes, ...activation } };
  };

  const withResidual = (node: Node, next: Node): Node | undefined => {
    const value = node.outputs[0];
    const other = besides(next, value);
    const [own, added] = [types.get(value), types.get(other)];
    if (hasResidual(node) || (constants.get(other)?.encoding ?? 'dense') !== 'dense') return undefined;
    if (own?.dtype !== 'float32' || added?.dtype !== 'float32' || !sameShape(own.shape, added.shape)) return undefined;
    const [a, b, bias = ''] = node.inputs;
    const order = hasActivation(node) ? { activationFirst: true } : {};
    return {
      ...node,
      inputs: [a, b, bias, other],
      outputs: next.outputs,
      attributes: { ...node.attributes, ...order },
    };
  };

  /** Products among the node's inputs, the last one made first: all else that the node reads is there before it. */
  const fusible = (next: Node): Fusible[] =>
    next.inputs
      .flatMap((value) => {
        const at = makers.get(value);
        const node = at === undefined ? undefined : nodes[at];
        return at !== undefined && node && isProduct(node) && uses.get(value) === 1 ? [{ node, at, value }] : [];
      })
      .sort((a, b) => b.at - a.at);

  /** Whether node i has become part of another one. A residual may be made behind the product, which then moves there. */
  const fuse = (next: Node, i: number): boolean => {
    const activation = asActivation(next);
    if (!activation && next.op !== 'add') return false;
    for (const { node, at } of fusible(next)) {
      const product = productOf(graph, node);
      const inPlace = activation
        ? !hasActivation(node) && withActivation(node, activation, next)
        : product && withBias(node, product, next);
      const fused = inPlace || (!activation && withResidual(node, next));
      if (!fused) continue;
      nodes[at] = undefined;
      nodes[inPlace ? at : i] = fused;
      makers.set(fused.outputs[0], inPlace ? at : i);
      return true;
    }
    return false;
  };

  graph.nodes.forEach((node, i) => {
    if (fuse(node, i)) return;
    nodes[i] = node;
    for (const output of node.outputs) makers.set(output, i);
  });
  return { ...graph, constants, nodes: nodes.filter((node) => node !== undefined) };
}

/** The other operand of a binary node. */
function besides({ inputs }: Node, value: string): string {
  return inputs[inputs[0] === value ? 1 : 0];
}
