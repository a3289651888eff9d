import type { DenseConstant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf, isOpen } from '../ops/call.ts';
import { boolean, numbers } from '../ops/op.ts';
import { frozenDense, updatedConstants } from './rewrite.ts';
import { besides, type Spelling, spellingOf } from './spelling.ts';
import { symbolicTypes } from './symbolic.ts';

/**
 * Finds the layer normalisation that exporters spell out and puts one `layerNorm` over the last axis in its place:
 *
 *     d = x - mean(x),   y = d / sqrt(mean(d²) + epsilon) · scale + bias
 *
 * d² may be a power or a product, the quotient a product with the reciprocal (Ba, Kiros and Hinton 2016). What it was made of
 * stays for removeDead, should others read it.
 */
export function recognizeLayerNorm(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'sqrt')) return graph;
  const spelling = spellingOf(graph);
  const types = symbolicTypes(graph);
  const updated = updatedConstants(graph);
  const vector = (value: string | undefined, extent: unknown): DenseConstant | undefined => {
    const constant = frozenDense(graph, updated, value);
    return constant && constant.shape.length === 1 && constant.shape[0] === extent ? constant : undefined;
  };
  const found = new Map<Node, Pick<Node, 'inputs' | 'attributes'>>();
  for (const node of graph.nodes) {
    const match = node.op === 'sqrt' ? matchRoot(node, spelling) : undefined;
    if (!match) continue;
    const { x, normal, epsilon } = match;
    const extent = types.get(x)?.shape.at(-1);
    const scaling = spelling.onlyReader(normal.outputs[0]);
    const scale = scaling?.op === 'mul' ? besides(scaling, normal.outputs[0]) : undefined;
    if (!scaling || !vector(scale, extent) || types.get(x)?.dtype !== 'float32') continue;
    const shifting = spelling.onlyReader(scaling.outputs[0]);
    const bias = shifting?.op === 'add' ? besides(shifting, scaling.outputs[0]) : undefined;
    const biased = shifting !== undefined && vector(bias, extent) !== undefined;
    found.set(biased ? shifting : scaling, {
      inputs: [x, scale as string, ...(biased ? [bias as string] : [])],
      attributes: { axis: -1, epsilon },
    });
  }
  if (found.size === 0) return graph;
  const nodes = graph.nodes.map((node): Node => {
    const match = found.get(node);
    return match ? { ...node, op: 'layerNorm', ...match } : node;
  });
  return { ...graph, nodes };
}

/** From the root of the variance back to x, and forward to the node that makes d / root. */
function matchRoot(
  root: Node,
  spelling: Spelling,
): { readonly x: string; readonly normal: Node; readonly epsilon: number } | undefined {
  const { maker, scalar } = spelling;
  const sum = maker(root.inputs[0]);
  if (sum?.op !== 'add') return undefined;
  const variance = sum.inputs.map(maker).find((node) => node !== undefined && isLastMean(node));
  if (!variance) return undefined;
  const epsilon = scalar(besides(sum, variance.outputs[0]) ?? '', variance.outputs[0]);
  const deviation = squareRootOf(maker(variance.inputs[0]), spelling);
  const difference = deviation === undefined ? undefined : maker(deviation);
  if (epsilon === undefined || difference?.op !== 'sub') return undefined;
  const [x, mean] = difference.inputs;
  const average = maker(mean);
  if (!average || !isLastMean(average) || average.inputs[0] !== x) return undefined;
  const normal = quotientBy(root, difference.outputs[0], spelling);
  return normal && { x, normal, epsilon };
}

function isLastMean(node: Node): boolean {
  if (node.op !== 'reduceMean' || isOpen(node)) return false;
  const attributes = attributesOf(node);
  const axes = numbers(attributes, 'axes');
  return boolean(attributes, 'keepDims') && axes.length === 1 && axes[0] === -1;
}

/** The d of d * d or d². */
function squareRootOf(square: Node | undefined, { scalar }: Spelling): string | undefined {
  const [d, other] = square?.inputs ?? [];
  if (square?.op === 'mul' && d === other) return d;
  return square?.op === 'pow' && scalar(other, d) === 2 ? d : undefined;
}

/** The node that divides d by the root, or multiplies it by the reciprocal of the root. */
function quotientBy(root: Node, d: string, { onlyReader }: Spelling): Node | undefined {
  const reader = onlyReader(root.outputs[0]);
  if (reader?.op === 'div') return reader.inputs[0] === d && reader.inputs[1] === root.outputs[0] ? reader : undefined;
  const product = reader?.op === 'reciprocal' ? onlyReader(reader.outputs[0]) : undefined;
  return product?.op === 'mul' && besides(product, reader?.outputs[0] ?? '') === d ? product : undefined;
}
