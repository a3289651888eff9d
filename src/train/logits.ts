/** Where a model that ends in a softmax has its logits: losses are computed from these, for logarithms of small shares are lost. */
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf, isOpen } from '../ops/call.ts';
import { inferSymbolic, type SymbolicType } from '../ops/infer.ts';
import { number } from '../ops/op.ts';

/** Ops that only change the shape: a softmax over the last axis is looked for behind them. */
const views = new Set(['flatten', 'reshape', 'reshapeLike', 'squeeze']);

/**
 * The value that a softmax over the last axis makes `output` of, in the shape of `output`; `output` itself where no softmax
 * makes it.
 */
export function logitsOf(graph: Graph, output: string): string {
  const makers = new Map<string, Node>();
  for (const node of graph.nodes) for (const value of node.outputs) makers.set(value, node);
  const behindViews = (value: string): Node | undefined => {
    const node = makers.get(value);
    return node && views.has(node.op) ? behindViews(node.inputs[0]) : node;
  };
  const softmax = behindViews(output);
  if (softmax?.op !== 'softmax' || isOpen(softmax)) return output;
  const types = inferSymbolic(graph);
  const rank = types.get(softmax.inputs[0])?.shape.length ?? 0;
  const axis = number(attributesOf(softmax), 'axis');
  if (axis !== -1 && axis !== rank - 1) return output;
  for (let value = softmax.inputs[0]; ; ) {
    if (alike(types.get(value), types.get(output))) return value;
    const node = makers.get(value);
    if (!node || !views.has(node.op)) return output;
    value = node.inputs[0];
  }
}

/** Whether the ranks and all extents that are known are the same. */
function alike(a: SymbolicType | undefined, b: SymbolicType | undefined): boolean {
  if (!a || !b || a.shape.length !== b.shape.length) return false;
  return a.shape.every(
    (dim, axis) => dim === b.shape[axis] || (typeof dim === 'string' && typeof b.shape[axis] === 'string'),
  );
}
