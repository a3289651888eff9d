import type { Constant, DenseConstant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { formats } from '../formats/table.ts';
import { type Graph, type Node, producersOf } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { boolean, number, numbers } from '../ops/op.ts';
import { hasActivation, hasBias, hasResidual } from './epilogue.ts';
import { emptyFeatures } from './features.ts';
import { replaceConstant, usesOf } from './rewrite.ts';
import { once, symbolicTypes } from './symbolic.ts';

/** A product by a constant matrix, whose features along `axis` are those of the heads. */
interface Layer {
  readonly node: Node;
  readonly weight: Constant;
  /** Of the weight: 0 or 1. */
  readonly axis: number;
  readonly bias: DenseConstant | undefined;
}

/**
 * Leaves out heads of attention that pruning has emptied: whose values are made by zeros, so that each of their results is the
 * bias of the values, or whose results the next product multiplies by zeros. Their features go from the products that make
 * queries, keys and values and from the one that reads the result. The last head stays. Needs a graph that does not train.
 */
export function dropHeads(graph: Graph): Graph {
  if (graph.updates.length > 0 || !graph.nodes.some(({ op }) => op === 'attention')) return graph;
  const uses = usesOf(graph);
  const constants = new Map(graph.constants);
  const makers = producersOf(graph);
  const types = once(() => symbolicTypes(graph));
  const replaced = new Map<Node, Node>();
  const current = (node: Node | undefined) => node && (replaced.get(node) ?? node);

  const layerOf = (node: Node | undefined, side: 'output' | 'input'): Layer | undefined => {
    if (node?.op !== 'matmul') return undefined;
    const attributes = attributesOf(node);
    const weight = constants.get(node.inputs[1]);
    const bias = hasBias(node) ? constants.get(node.inputs[2]) : undefined;
    if (weight?.dtype !== 'float32' || weight.shape.length !== 2 || weight.encoding === 'nm') return undefined;
    if (boolean(attributes, 'transposeA') || (hasBias(node) && bias?.encoding !== 'dense')) return undefined;
    if (side === 'output' && (hasActivation(node) || hasResidual(node))) return undefined;
    const outputAxis = boolean(attributes, 'transposeB') ? 0 : 1;
    return { node, weight, axis: side === 'output' ? outputAxis : 1 - outputAxis, bias: bias as DenseConstant };
  };

  /** The product that alone reads the value, perhaps as a matrix of all its tokens. */
  const readerOf = (value: string): { readonly layer: Layer; readonly flat: Node | undefined } | undefined => {
    const [reader, ...more] = graph.nodes.filter(({ inputs }) => inputs.includes(value)).map((node) => current(node));
    if (!reader || more.length > 0 || uses.get(value) !== 1 || reader.inputs[0] !== value) return undefined;
    const layer = layerOf(reader, 'input');
    if (layer) return { layer, flat: undefined };
    const shape = types().get(reader.outputs[0])?.shape;
    const whole = types().get(value)?.shape;
    const flattens = (reader.op === 'reshape' || reader.op === 'flatten') && shape?.length === 2;
    if (!flattens || whole?.length !== 3 || typeof whole[2] !== 'number' || shape[1] !== whole[2]) return undefined;
    const behind = readerOf(reader.outputs[0]);
    return behind && !behind.flat ? { layer: behind.layer, flat: reader } : undefined;
  };

  for (const node of graph.nodes) {
    if (node.op !== 'attention') continue;
    const sources = node.inputs.slice(0, 3);
    const layers = sources.map((source) => layerOf(current(makers.get(source)), 'output'));
    const reader = readerOf(node.outputs[0]);
    const alone = sources.every(
      (source) => uses.get(source) === node.inputs.filter((input) => input === source).length,
    );
    const [q, k, v] = layers;
    if (!q || !k || !v || !reader || !alone) continue;
    const attributes = attributesOf(node);
    const heads = number(attributes, 'heads');
    const mask = node.inputs[3] ? types().get(node.inputs[3])?.shape : [];
    if (!mask || (mask.length > 2 && mask.at(-3) !== 1)) continue;
    const width = ({ weight, axis }: Layer) => weight.shape[axis];
    const told = numbers(attributes, 'headSizes');
    const [size, valueSize] = told.length > 0 ? told : [width(q) / heads, width(v) / heads];
    const starts = numbers(attributes, 'starts').length > 0 ? numbers(attributes, 'starts') : [0, 0, 0];
    const sizes = [size, size, valueSize];

    const { layer: out, flat } = reader;
    const [noValues, notRead] = [emptyFeatures(v.weight, v.axis - 2), emptyFeatures(out.weight, out.axis - 2)];
    const all = (empty: readonly boolean[], first: number) => empty.slice(first, first + valueSize).every(Boolean);
    const isDead = (head: number) => all(noValues, starts[2] + head * valueSize) || all(notRead, head * valueSize);
    const dead = Array.from({ length: heads }, (_, head) => head).filter(isDead);
    const dropped = new Set(dead.slice(dead.length === heads ? 1 : 0));
    if (dropped.size === 0) continue;

    /** Features of the source of operand i that are left. */
    const kept = (i: number): number[] => {
      const gone = new Set<number>();
      for (const [j, source] of sources.entries())
        if (source === sources[i])
          for (const head of dropped) for (let d = 0; d < sizes[j]; d++) gone.add(starts[j] + head * sizes[j] + d);
      return Array.from({ length: width(layers[i] as Layer) }, (_, feature) => feature).filter((f) => !gone.has(f));
    };
    const shrunk = (layer: Layer, features: readonly number[], bias: DenseConstant | undefined): Node => {
      const [x, weightName, biasName = '', ...rest] = layer.node.inputs;
      const weight = replaceConstant(constants, uses, weightName, selected(layer.weight, layer.axis, features));
      const named = bias ? replaceConstant(constants, uses, biasName || `${layer.node.name}.bias`, bias) : biasName;
      const inputs = [x, weight, ...(named !== '' || rest.length > 0 ? [named] : []), ...rest];
      return { ...layer.node, inputs };
    };
    const original = (layer: Layer) => graph.nodes.find(({ outputs }) => outputs[0] === layer.node.outputs[0]) as Node;
    // What is left of a head without values is the bias of its values, for every token the same.
    const bias = withConstantHeads(out, v, starts[2], valueSize, dropped);
    for (const [i, layer] of (layers as Layer[]).entries())
      if (sources.indexOf(sources[i]) === i)
        replaced.set(
          original(layer),
          shrunk(layer, kept(i), layer.bias && (selected(layer.bias, 0, kept(i)) as DenseConstant)),
        );
    const read = Array.from({ length: heads * valueSize }, (_, f) => f).filter(
      (f) => !dropped.has(Math.floor(f / valueSize)),
    );
    replaced.set(original(out), shrunk(out, read, bias));
    if (flat) replaced.set(flat, { ...flat, op: 'flatten', inputs: [node.outputs[0]], attributes: { axis: 2 } });
    const before = (i: number) => starts[i] - kept(i).filter((feature) => feature < starts[i]).length;
    replaced.set(node, {
      ...node,
      attributes: {
        ...node.attributes,
        heads: heads - dropped.size,
        ...(told.length > 0 && { starts: starts.map((start, i) => start - before(i)) }),
      },
    });
  }
  if (replaced.size === 0) return graph;
  return { ...graph, constants, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

/** The bias of the product behind, with what dropped heads gave to every token; undefined where that is nothing new. */
function withConstantHeads(
  out: Layer,
  values: Layer,
  start: number,
  size: number,
  dropped: ReadonlySet<number>,
): DenseConstant | undefined {
  const given = values.bias;
  if (!given) return undefined;
  const features = out.weight.shape[1 - out.axis];
  const { data } = densified(out.weight);
  const sums = Float64Array.from({ length: features }, (_, i) => Number(out.bias?.data[i] ?? 0));
  let any = false;
  for (const head of dropped)
    for (let d = 0; d < size; d++) {
      const [value, row] = [Number(given.data[start + head * size + d]), head * size + d];
      if (value === 0) continue;
      any = true;
      for (let i = 0; i < features; i++)
        sums[i] += value * Number(out.axis === 0 ? data[row * features + i] : data[i * (data.length / features) + row]);
    }
  return any ? { encoding: 'dense', dtype: 'float32', shape: [features], data: Float32Array.from(sums) } : undefined;
}

/** The given features of a matrix along axis 0 or 1, or of a vector, in the same encoding. */
function selected(constant: Constant, axis: number, features: readonly number[]): Constant {
  const { data, shape } = densified(constant);
  const inner = axis === shape.length - 1 ? 1 : shape[1];
  const outer = axis === 0 ? 1 : shape[0];
  const taken = new Float32Array(outer * features.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++)
    for (const feature of features)
      for (let i = 0; i < inner; i++) taken[at++] = Number(data[(o * shape[axis] + feature) * inner + i]);
  const made = shape.with(axis, features.length);
  if (constant.encoding === 'csr') return formats.csr.fromDense(taken, made, constant.outputAxis);
  if (constant.encoding === 'bsr')
    return formats.bsr.fromDense(taken, made, constant.outputAxis, undefined, { block: constant.block });
  return { encoding: 'dense', dtype: 'float32', shape: made, data: taken };
}
