import type { Dim } from '../core/shape.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf, isOpen } from '../ops/call.ts';
import type { SymbolicType } from '../ops/infer.ts';
import { number, numbers, string } from '../ops/op.ts';
import { spliceOut, usesOf } from './rewrite.ts';
import { symbolicTypes } from './symbolic.ts';

/** Whether the node's output is provably its first input, number for number and shape for shape. */
type Identity = (node: Node, from: SymbolicType, to: SymbolicType) => boolean;

const sameCount: Identity = (_, from, to) => equalExtents(from.shape, to.shape, 1);
const sameExtents: Identity = (_, from, to) => equalExtents(from.shape, to.shape, 0);

const identities: Readonly<Record<string, Identity>> = {
  // These keep the number of elements, so one extent may be unknown if the others are equal and not 0.
  reshape: sameCount,
  reshapeLike: sameCount,
  flatten: sameCount,
  squeeze: sameCount,
  expand: sameExtents,
  expandLike: sameExtents,
  sumLike: sameExtents,
  cast: (node, from) => from.dtype === string(attributesOf(node), 'to'),
  concat: (node) => node.inputs.length === 1,
  pad: (node) => !isOpen(node) && numbers(attributesOf(node), 'pads').every((extent) => extent === 0),
  transpose: (node, from, to) => keepsOrder(permOf(node, from.shape.length), from.shape) && sameExtents(node, from, to),
};

/**
 * Removes nodes that provably do nothing: dropout outside training, reshapes, casts, pads and transposes without effect;
 * joins transposes of transposes. A graph whose shapes cannot be inferred symbolically only loses its dropouts.
 */
export function simplify(graph: Graph): Graph {
  const types = symbolicTypes(graph);
  const uses = usesOf(graph);
  const isRead = (value: string) => uses.has(value);
  return spliceOut(joinTransposes(graph, types), (node) => {
    if (node.op === 'dropout') return isIdle(node, isRead) ? node.inputs[0] : undefined;
    const [from, to] = [types.get(node.inputs[0]), types.get(node.outputs[0])];
    const identity = Object.hasOwn(identities, node.op) ? identities[node.op] : undefined;
    return from && to && identity?.(node, from, to) ? node.inputs[0] : undefined;
  });
}

/** A mask that is read, and a `training` that only a run will tell, keep a dropout that would not drop. */
function isIdle(node: Node, isRead: (value: string) => boolean): boolean {
  if (isRead(node.outputs[1] ?? '') || (node.attributes.training ?? false) !== false) return false;
  return (node.inputs[1] ?? '') === '' || number(attributesOf(node), 'rate') === 0;
}

/** Equal extents, of which `unknown` may be ones that inference could not name. */
function equalExtents(from: readonly Dim[], to: readonly Dim[], unknown: number): boolean {
  if (from.length !== to.length) return false;
  let open = 0;
  for (let axis = 0; axis < from.length; axis++) {
    if (from[axis] !== to[axis]) open++;
  }
  return (
    open === 0 ||
    (open <= unknown && from.every((dim, axis) => dim !== to[axis] || (typeof dim === 'number' && dim > 0)))
  );
}

function permOf(node: Node, rank: number): readonly number[] {
  const perm = numbers(attributesOf(node), 'perm');
  return perm.length > 0 ? perm : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}

/** Whether the axes longer than 1 keep their order, so that no number moves. */
function keepsOrder(perm: readonly number[], shape: readonly Dim[]): boolean {
  const moved = perm.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1] < axis);
}

/** transpose(transpose(x)) reads x directly; the inner one dies if nobody else reads it. Values keep names and shapes. */
function joinTransposes(graph: Graph, types: ReadonlyMap<string, SymbolicType>): Graph {
  const producers = new Map<string, Node>();
  const nodes = graph.nodes.map((node) => {
    const joined = node.op === 'transpose' ? joinTo(producers.get(node.inputs[0]), node, types) : node;
    for (const output of joined.outputs) producers.set(output, joined);
    return joined;
  });
  return { ...graph, nodes };
}

function joinTo(inner: Node | undefined, outer: Node, types: ReadonlyMap<string, SymbolicType>): Node {
  const rank = types.get(outer.outputs[0])?.shape.length;
  if (inner?.op !== 'transpose' || rank === undefined) return outer;
  const [first, second] = [permOf(inner, rank), permOf(outer, rank)];
  return { ...outer, inputs: [inner.inputs[0]], attributes: { perm: second.map((axis) => first[axis]) } };
}
