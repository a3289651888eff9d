/** Where the heads are side by side again. */
import { type Shape, sameShape } from '../../core/shape.ts';
import type { Node } from '../../graph/graph.ts';
import { type Factor, sameOrder, through, whole } from '../strided.ts';
import type { Places } from './places.ts';
import { type Search, shapesOf } from './search.ts';

export interface End {
  /** The node whose output the attention makes, perhaps under another shape. */
  readonly end: Node;
  /** What it is reshaped to; undefined where the attention has its shape. */
  readonly shape: readonly number[] | undefined;
}

/** The first value behind the product with the values whose numbers lie as the attention writes them; best of its shape. */
export function endOf(mixing: Node, tokensFirst: boolean, all: readonly Places[], search: Search): End | undefined {
  const { trials, readers } = search;
  const made = all.map(({ places: [{ items, heads, tokens }, , { size }] }) =>
    tokensFirst ? [tokens, items, heads * size] : [items, tokens, heads * size],
  );
  const wanted = all.map(({ places: [{ items, heads, tokens }, , { size }] }): Factor[] => {
    const item = { extent: items, stride: heads * tokens * size };
    const token = { extent: tokens, stride: size };
    const head = { extent: heads, stride: tokens * size };
    return [...(tokensFirst ? [token, item] : [item, token]), head, { extent: size, stride: 1 }];
  });
  let node = mixing;
  let seen = shapesOf(node.outputs[0], search)?.map((shape) => whole(node.outputs[0], shape));
  let best: End | undefined;
  while (seen) {
    const [value] = node.outputs;
    const shapes = shapesOf(value, search);
    if (shapes && seen.every((view, t) => sameOrder(view.axes.flat(), wanted[t]))) {
      if (shapes.every((shape, t) => sameShape(shape, made[t]))) return { end: node, shape: undefined };
      const shape = reshapeTo(shapes, made);
      if (shape) best ??= { end: node, shape };
    } else if (best) return best;
    const next = readers.get(value);
    if (next?.inputs[0] !== value) return best;
    node = next;
    const moved = seen.map((view, t) => {
      const closed = trials[t].makers.get(next.outputs[0]);
      return closed && through(closed, next.outputs[0], view, trials[t]);
    });
    seen = moved.every((view) => view !== undefined) ? moved : undefined;
  }
  return best;
}

/** The attribute of a reshape from one shape to the other in all trials; undefined where none says it. */
function reshapeTo(to: readonly Shape[], from: readonly Shape[]): readonly number[] | undefined {
  const shape = to[0].map((extent, axis) => {
    if (to.every((other) => other[axis] === extent) && extent > 0 && to.length > 1) return extent;
    if (to.every((other, t) => other[axis] === from[t][axis])) return 0;
    return to.every((other) => other[axis] === extent) && extent > 0 ? extent : -1;
  });
  return shape.filter((extent) => extent === -1).length <= 1 ? shape : undefined;
}
