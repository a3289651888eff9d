/** Where the heads of queries, keys and values lie in the tokens that they are views of. */
import { broadcast, type Shape, sameShape } from '../../core/shape.ts';
import type { Node } from '../../graph/graph.ts';
import { attributesOf } from '../../ops/call.ts';
import { boolean } from '../../ops/op.ts';
import { type Factor, sameOrder, type View, viewOf } from '../strided.ts';
import type { Trial } from '../trials.ts';
import type { Mask } from './mask.ts';
import type { Search } from './search.ts';

/** Where the heads of an operand lie in its source. */
export interface Place {
  readonly source: string;
  readonly start: number;
  readonly size: number;
  readonly heads: number;
  readonly items: number;
  readonly tokens: number;
}

export interface Places {
  readonly places: readonly [Place, Place, Place];
  readonly scale: number;
}

/** Heads, tokens and features of queries, keys and values in one trial. */
export function placesOf(
  product: Node,
  flipped: boolean,
  mixing: Node,
  trial: Trial,
  tokensFirst: boolean,
): Places | undefined {
  const rows = (node: Node, i: 0 | 1, scaled: boolean): View | undefined => {
    const view = viewOf(node.inputs[i], trial, scaled);
    if (!view || view.axes.length < 2) return undefined;
    // Rows of A are tokens, and so are columns of B in the first product, but its rows in the second.
    const turned = boolean(attributesOf(node), i === 0 ? 'transposeA' : 'transposeB');
    const wanted = i === 1 && node === product;
    return turned === wanted ? view : { ...view, axes: [...view.axes.slice(0, -2), ...view.axes.slice(-2).reverse()] };
  };
  const [left, right] = [rows(product, 0, true), rows(product, 1, true)];
  const [q, k] = flipped ? [right, left] : [left, right];
  const v = rows(mixing, 1, false);
  const at = [q, k, v].map((view) => view && placeOf(view, trial, tokensFirst));
  const [queries, keys, values] = at;
  if (!q || !k || !queries || !keys || !values) return undefined;
  const alike =
    [keys, values].every(({ items, heads }) => items === queries.items && heads === queries.heads) &&
    keys.tokens === values.tokens &&
    keys.size === queries.size;
  return alike ? { places: [queries, keys, values], scale: q.scale * k.scale } : undefined;
}

/** A view [..., tokens, features] as heads that lie side by side in the tokens of its source. */
function placeOf(view: View, { types }: Trial, tokensFirst: boolean): Place | undefined {
  const shape = types.get(view.source)?.shape;
  const tokens3 = shape && asTokens(shape);
  if (!tokens3 || types.get(view.source)?.dtype !== 'float32') return undefined;
  const [first, second, width] = tokens3;
  const [items, tokens] = tokensFirst ? [second, first] : [first, second];
  const [item, token] = tokensFirst ? [width, second * width] : [second * width, width];
  const count = (axes: readonly (readonly Factor[])[]) => axes.flat().reduce((n, { extent }) => n * extent, 1);
  const [own, features] = view.axes.slice(-2);
  const size = count([features]);
  const heads = count(view.axes.slice(0, -2)) / items;
  const start = view.offset;
  const lies =
    sameOrder(features, [{ extent: size, stride: 1 }]) &&
    sameOrder(own, [{ extent: tokens, stride: token }]) &&
    sameOrder(view.axes.slice(0, -2).flat(), [
      { extent: items, stride: item },
      { extent: heads, stride: size },
    ]);
  if (!lies || !Number.isInteger(heads) || heads < 1 || start + heads * size > width) return undefined;
  return { source: view.source, start, size, heads, items, tokens };
}

/** A shape as [items, tokens, features]: of one item where there is no axis for it, with heads side by side. */
export function asTokens(shape: Shape): readonly [number, number, number] | undefined {
  if (shape.length === 2) return [1, shape[0], shape[1]];
  if (shape.length === 3) return [shape[0], shape[1], shape[2]];
  return shape.length === 4 ? [shape[0], shape[1], shape[2] * shape[3]] : undefined;
}

/** Whether two trials say the same, extents of items and tokens aside. */
export function agree(a: Places, b: Places): boolean {
  return (
    a.scale === b.scale &&
    a.places.every(({ source, start, size, heads }, i) => {
      const other = b.places[i];
      return source === other.source && start === other.start && size === other.size && heads === other.heads;
    })
  );
}

/** Whether a term of scores of this shape broadcasts to [items, heads, queries, keys] as it does to them. */
export function fits({ value }: Mask, scores: Shape, [q, k]: Places['places'], { types }: Trial): boolean {
  const shape = types.get(value)?.shape;
  const wanted = [q.items, q.heads, q.tokens, k.tokens];
  if (!shape || !sameShape(scores.slice(-2), wanted.slice(2)) || scores.length > 4) return false;
  const joint = broadcast(shape, wanted);
  if (!joint || !sameShape(joint, wanted)) return false;
  return scores.length === 4 ? sameShape(scores, wanted) : shape.length < 3 || shape.slice(0, -2).every((n) => n === 1);
}

/** Whether the mask tells all pairs of a query and a key apart. */
export function isSquare({ value }: Mask, all: readonly Places[], { trials }: Search): boolean {
  return all.every(({ places: [q, k] }, t) => {
    const shape = trials[t].types.get(value)?.shape ?? [];
    return shape.at(-2) === q.tokens && shape.at(-1) === k.tokens && shape.slice(0, -2).every((n) => n === 1);
  });
}
