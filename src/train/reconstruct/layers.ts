/** Which nodes are fitted, and where the bias of each may be moved. */
import { sameShape } from '../../core/shape.ts';
import type { Constant, DenseConstant } from '../../formats/constant.ts';
import { type Graph, type Node, resultsOf } from '../../graph/graph.ts';
import { usesOf } from '../../passes/rewrite.ts';
import { isRowwise, layerShape } from './rows.ts';

export interface Layer {
  /** Where its node stands. */
  readonly at: number;
  readonly node: Node;
  /** The constant's name. */
  readonly weight: string;
  readonly bias: BiasPlace;
}

/** The input of a node that holds the bias, a constant or none yet; 'fixed' for one that is made while running. */
export type BiasPlace = { readonly at: number; readonly input: number } | 'fixed';

export interface Chosen {
  readonly layers: readonly Layer[];
  /** By weight, why it is not fitted. */
  readonly skipped: ReadonlyMap<string, string>;
}

/**
 * @param pruned weights to fit, by name
 * @param others whether weights that were not pruned are fitted too
 */
export function layersOf(graph: Graph, pruned: ReadonlySet<string>, others: boolean): Chosen {
  const uses = usesOf(graph);
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const { name } of graph.inputs) made.add(name);
  const updated = new Set(graph.updates.map(({ constant }) => constant));
  const layers: Layer[] = [];
  const skipped = new Map<string, string>();
  graph.nodes.forEach((node, at) => {
    const weight = node.inputs[1] ?? '';
    const constant = graph.constants.get(weight);
    if (!constant || !(pruned.has(weight) || others)) return;
    const reason =
      obstacleOf(node, constant, uses.get(weight) ?? 0, made) ?? (updated.has(weight) ? 'updated' : undefined);
    if (reason === undefined) layers.push({ at, node, weight, bias: biasPlace(graph, at, uses) });
    else if (pruned.has(weight)) skipped.set(weight, reason);
  });
  for (const name of pruned)
    if (!skipped.has(name) && !layers.some(({ weight }) => weight === name))
      skipped.set(name, 'no matmul or conv2d has it for a weight');
  return { layers, skipped };
}

function obstacleOf(
  node: Node,
  { dtype, shape }: Constant,
  uses: number,
  made: ReadonlySet<string>,
): string | undefined {
  if (!isRowwise(node) || (node.op === 'matmul' && shape.length !== 2))
    return `${node.op} "${node.name}" has no rows to fit`;
  if (dtype !== 'float32') return `it is ${dtype}, not float32`;
  if (uses > 1) return `it is used ${uses} times: what fits one place need not fit another`;
  if (!made.has(node.inputs[0])) return 'what it is applied to is a constant';
  return undefined;
}

/** The node's own bias, else that of an add behind it, else a new one of its own. */
function biasPlace(graph: Graph, at: number, uses: ReadonlyMap<string, number>): BiasPlace {
  const node = graph.nodes[at];
  const { groups, outputs } = layerShape(node, graph.constants.get(node.inputs[1]) as Constant);
  const features = groups * outputs;
  const own = node.inputs[2] ?? '';
  if (own !== '') return isBias(graph.constants.get(own), [features]) ? { at, input: 2 } : 'fixed';
  const plain = (node.attributes.activation ?? 'none') === 'none' && (node.inputs[3] ?? '') === '';
  const [value] = node.outputs;
  if (plain && uses.get(value) === 1 && !resultsOf(graph).has(value)) {
    const reader = graph.nodes.findIndex(({ op, inputs }) => op === 'add' && inputs.includes(value));
    const input = reader < 0 ? 0 : graph.nodes[reader].inputs[0] === value ? 1 : 0;
    const constant = reader < 0 ? undefined : graph.constants.get(graph.nodes[reader].inputs[input]);
    const along = node.op === 'conv2d' ? [features, 1, 1] : [features];
    const trimmed = constant && { ...constant, shape: withoutLeadingOnes(constant.shape, along.length) };
    if (trimmed && isBias(trimmed as Constant, along)) return { at: reader, input };
  }
  return { at, input: 2 };
}

function isBias(constant: Constant | undefined, shape: readonly number[]): constant is DenseConstant {
  return constant?.encoding === 'dense' && constant.dtype === 'float32' && sameShape(constant.shape, shape);
}

function withoutLeadingOnes(shape: readonly number[], rank: number): readonly number[] {
  let from = 0;
  while (shape.length - from > rank && shape[from] === 1) from++;
  return shape.slice(from);
}
