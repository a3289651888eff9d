import type { AttributeValue } from '../core/attributes.ts';
import { sameShape } from '../core/shape.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import type { SymbolicType } from '../ops/infer.ts';
import { hasBias, type Product, productOf } from './epilogue.ts';
import { replaceConstant, updatedConstants, usesOf } from './rewrite.ts';
import { symbolicTypes } from './symbolic.ts';

/**
 * Moves a constant bias and then relu or clip into the matmul or conv2d before them, where nobody else reads what is
 * between. Serves training graphs too: a bias that is updated is fused if it has the shape [features] already.
 *
 * @param moving further constants that change between runs, by another graph that shares them
 */
export function fuseEpilogue(graph: Graph, moving: Iterable<string> = []): Graph {
  const updated = new Set([...updatedConstants(graph), ...moving]);
  const uses = usesOf(graph);
  const types = symbolicTypes(graph);
  const constants = new Map(graph.constants);
  const nodes: (Node | undefined)[] = [...graph.nodes];
  const makers = new Map<string, number>();

  const withBias = (node: Node, product: Product, next: Node): Node | undefined => {
    const value = node.outputs[0];
    const other = next.inputs[next.inputs[0] === value ? 1 : 0];
    const constant = constants.get(other);
    const features = product.features ?? types.get(value)?.shape.at(product.resultAxis);
    if (hasBias(node) || typeof features !== 'number' || constant?.encoding !== 'dense') return undefined;
    if (constant.dtype !== 'float32' || !runsAlong(constant.shape, product, features, types.get(value)))
      return undefined;
    const flat = sameShape(constant.shape, [features]);
    if (!flat && updated.has(other)) return undefined;
    const bias = flat ? other : replaceConstant(constants, uses, other, { ...constant, shape: [features] });
    return { ...node, inputs: [node.inputs[0], node.inputs[1], bias], outputs: next.outputs };
  };

  const fuse = (next: Node): boolean => {
    for (const value of next.inputs) {
      const at = makers.get(value);
      const node = at === undefined ? undefined : nodes[at];
      const product = node && productOf(graph, node);
      if (at === undefined || !product || uses.get(value) !== 1) continue;
      const activation = activationOf(next);
      const fused = activation
        ? { ...node, outputs: next.outputs, attributes: { ...node.attributes, ...activation } }
        : next.op === 'add' && withBias(node, product, next);
      if (!fused) continue;
      nodes[at] = fused;
      makers.set(fused.outputs[0], at);
      return true;
    }
    return false;
  };

  graph.nodes.forEach((node, i) => {
    if (fuse(node)) nodes[i] = undefined;
    else for (const output of node.outputs) makers.set(output, i);
  });
  return { ...graph, constants, nodes: nodes.filter((node) => node !== undefined) };
}

function activationOf(node: Node): Record<string, AttributeValue> | undefined {
  if (node.op === 'relu') return { activation: 'relu' };
  if (node.op !== 'clip') return undefined;
  const { min, max } = attributesOf(node);
  return { activation: 'clip', min, max };
}

/**
 * Whether a tensor of this shape adds one number per feature and leaves the result's shape alone:
 * [N], [1, N] … for matmul, [OC, 1, 1] or [1, OC, 1, 1] for conv2d.
 */
function runsAlong(
  shape: readonly number[],
  { resultAxis }: Product,
  features: number,
  result: SymbolicType | undefined,
): boolean {
  const rank = result?.shape.length ?? (resultAxis === -3 ? 4 : 2);
  const axis = shape.length + resultAxis;
  return shape.length <= rank && shape[axis] === features && shape.every((extent, i) => i === axis || extent === 1);
}
