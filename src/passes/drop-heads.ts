import type { Constant, DenseConstant } from '../formats/constant.ts';
import { type Graph, type Node, producersOf } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number, numbers } from '../ops/op.ts';
import { type Layer, layerOf, selected, widthOf, withConstants } from './attention/layers.ts';
import { readersOf } from './attention/search.ts';
import { emptyFeatures } from './features.ts';
import { replaceConstant, usesOf } from './rewrite.ts';
import { once, symbolicTypes } from './symbolic.ts';

/** An attention among products by constants that nobody else reads. */
interface Block {
  readonly node: Node;
  /** What makes q, k and v; one product may make them all. */
  readonly layers: readonly Layer[];
  readonly out: Layer;
  /** The node between that makes a matrix of all tokens. */
  readonly flat: Node | undefined;
  readonly heads: number;
  /** Features of a head of q, k and v, and where they begin. */
  readonly sizes: readonly number[];
  readonly starts: readonly number[];
}

/**
 * Leaves out heads of attention that pruning has emptied: whose values are made by zeros, so that each of their results is the
 * bias of the values, or whose results the next product multiplies by zeros. Their features go from the products that make
 * queries, keys and values and from the one that reads the result. The last head stays. Needs a graph that does not train.
 */
export function dropHeads(graph: Graph): Graph {
  if (graph.updates.length > 0 || !graph.nodes.some(({ op }) => op === 'attention')) return graph;
  const blocks = blocksOf(graph);
  const constants = new Map(graph.constants);
  const uses = usesOf(graph);
  const replaced = new Map<Node, Node>();
  for (const block of blocks) {
    const dropped = deadHeads(block);
    // A product between two attentions is changed for one of them only.
    const taken = [block.out, ...block.layers].some(({ node }) => replaced.has(node));
    if (dropped.size === 0 || taken) continue;
    for (const [node, other] of without(block, dropped, constants, uses)) replaced.set(node, other);
  }
  if (replaced.size === 0) return graph;
  return { ...graph, constants, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

function blocksOf(graph: Graph): Block[] {
  const [makers, readers, uses] = [producersOf(graph), readersOf(graph), usesOf(graph)];
  const types = once(() => symbolicTypes(graph));

  /** The product that alone reads the value, perhaps as a matrix of all its tokens. */
  const readerOf = (value: string): Pick<Block, 'out' | 'flat'> | undefined => {
    const reader = uses.get(value) === 1 ? readers.get(value) : undefined;
    if (reader?.inputs[0] !== value) return undefined;
    const out = layerOf(graph, reader, false);
    if (out) return { out, flat: undefined };
    const [from, to] = [types().get(value)?.shape, types().get(reader.outputs[0])?.shape];
    const flattens = reader.op === 'reshape' || reader.op === 'flatten';
    if (!flattens || from?.length !== 3 || to?.length !== 2 || typeof to[1] !== 'number' || to[1] !== from[2])
      return undefined;
    const behind = readerOf(reader.outputs[0]);
    return behind && !behind.flat ? { out: behind.out, flat: reader } : undefined;
  };

  return graph.nodes.flatMap((node): Block[] => {
    if (node.op !== 'attention') return [];
    const sources = node.inputs.slice(0, 3);
    const alone = sources.every((value) => uses.get(value) === node.inputs.filter((input) => input === value).length);
    const layers = sources.flatMap((source) => layerOf(graph, makers.get(source), true) ?? []);
    const mask = node.inputs[3] ? types().get(node.inputs[3])?.shape : [];
    const reader = readerOf(node.outputs[0]);
    // A mask with a part for every head would have to be cut too.
    if (!alone || layers.length < 3 || !reader || !mask || (mask.length > 2 && mask.at(-3) !== 1)) return [];
    const attributes = attributesOf(node);
    const heads = number(attributes, 'heads');
    const told = numbers(attributes, 'headSizes');
    const [size, valueSize] = told.length > 0 ? told : [widthOf(layers[0]) / heads, widthOf(layers[2]) / heads];
    const starts = numbers(attributes, 'starts');
    const sizes = [size, size, valueSize];
    return [{ node, layers, ...reader, heads, sizes, starts: starts.length > 0 ? starts : [0, 0, 0] }];
  });
}

/** Heads that add nothing, or the same to every token; never all of them. */
function deadHeads({ layers: [, , v], out, heads, sizes: [, , size], starts }: Block): ReadonlySet<number> {
  const [noValues, notRead] = [emptyFeatures(v.weight, v.axis - 2), emptyFeatures(out.weight, out.axis - 2)];
  const all = (empty: readonly boolean[], first: number) => empty.slice(first, first + size).every(Boolean);
  const dead = Array.from({ length: heads }, (_, head) => head).filter(
    (head) => all(noValues, starts[2] + head * size) || all(notRead, head * size),
  );
  return new Set(dead.slice(dead.length === heads ? 1 : 0));
}

/** The nodes of the block as they are without some heads. */
function without(
  { node, layers, out, flat, heads, sizes, starts }: Block,
  dropped: ReadonlySet<number>,
  constants: Map<string, Constant>,
  uses: ReadonlyMap<string, number>,
): [Node, Node][] {
  /** Which features of the product that makes operand i go. */
  const gone = (i: number): Set<number> => {
    const features = new Set<number>();
    for (const [j, layer] of layers.entries())
      if (layer.node === layers[i].node)
        for (const head of dropped) for (let d = 0; d < sizes[j]; d++) features.add(starts[j] + head * sizes[j] + d);
    return features;
  };
  const left = (width: number, isGone: (feature: number) => boolean) =>
    Array.from({ length: width }, (_, feature) => feature).filter((feature) => !isGone(feature));
  const shrunk = (layer: Layer, features: readonly number[], bias: DenseConstant | undefined): [Node, Node] => {
    const [x, weightName, biasName = '', ...rest] = layer.node.inputs;
    const weight = replaceConstant(constants, uses, weightName, selected(layer.weight, layer.axis, features));
    const named = bias ? replaceConstant(constants, uses, biasName || `${layer.node.name}.bias`, bias) : biasName;
    const inputs = [x, weight, ...(named !== '' || rest.length > 0 ? [named] : []), ...rest];
    return [layer.node, { ...layer.node, inputs }];
  };

  const [, , v] = layers;
  const size = sizes[2];
  const features = [...dropped].flatMap((head) => Array.from({ length: size }, (_, d) => head * size + d));
  const same = features.map((feature): [number, number] => [feature, Number(v.bias?.data[starts[2] + feature] ?? 0)]);
  const made = layers.flatMap((layer, i): [Node, Node][] => {
    if (layers.findIndex((other) => other.node === layer.node) < i) return [];
    const goes = gone(i);
    const kept = left(widthOf(layer), (feature) => goes.has(feature));
    return [shrunk(layer, kept, layer.bias && (selected(layer.bias, 0, kept) as DenseConstant))];
  });
  const moved = starts.map((start, i) => start - [...gone(i)].filter((feature) => feature < start).length);
  const places = node.attributes.starts === undefined ? {} : { starts: moved };
  const read = left(heads * size, (feature) => dropped.has(Math.floor(feature / size)));
  return [
    ...made,
    [node, { ...node, attributes: { ...node.attributes, heads: heads - dropped.size, ...places } }],
    ...(flat
      ? [[flat, { ...flat, op: 'flatten', inputs: [node.outputs[0]], attributes: { axis: 2 } }] as [Node, Node]]
      : []),
    shrunk(out, read, withConstants(out, new Map(same))),
  ];
}
