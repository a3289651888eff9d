/** From the softmax back to the product that makes its scores, and on to the one with the values. */
import { type Shape, sameShape } from '../../core/shape.ts';
import type { Node } from '../../graph/graph.ts';
import { attributesOf } from '../../ops/call.ts';
import { boolean, numbers } from '../../ops/op.ts';
import { hasActivation, hasBias, hasResidual } from '../epilogue.ts';
import { factorOf, isReshape } from '../strided.ts';
import { conditionOf, type Mask } from './mask.ts';
import { type Search, shapesOf } from './search.ts';

/** The product that makes the scores, and what happens to them before the softmax. */
export interface Scores {
  readonly product: Node;
  /** Whether keys stand in rows. */
  readonly flipped: boolean;
  readonly scale: number;
  readonly masks: readonly Mask[];
  /** The shapes, one per trial, of the scores that each mask is added to. */
  readonly shapes: readonly (readonly Shape[])[];
}

/** A product of two values and nothing behind it. */
function isBare(node: Node): boolean {
  return node.op === 'matmul' && !hasBias(node) && !hasActivation(node) && !hasResidual(node);
}

/** From the input of the softmax back to the product: masks, factors, reshapes that leave rows whole, a transpose. */
export function scoresOf(value: string, search: Search): Scores | undefined {
  const shapes = shapesOf(value, search);
  const node = search.makers.get(value);
  if (!shapes || !node || !search.readers.has(value)) return undefined;
  if (isBare(node)) return { product: node, flipped: false, scale: 1, masks: [], shapes: [] };
  if (isReshape(node)) {
    const inner = shapesOf(node.inputs[0], search);
    return inner?.every((shape, i) => shape.at(-1) === shapes[i].at(-1)) ? scoresOf(node.inputs[0], search) : undefined;
  }
  const added = (mask: Mask, from: string): Scores | undefined => {
    const own = shapesOf(from, search);
    const rest = own?.every((shape, i) => sameShape(shape, shapes[i])) ? scoresOf(from, search) : undefined;
    return rest && { ...rest, masks: [mask, ...rest.masks], shapes: [shapes, ...rest.shapes] };
  };
  switch (node.op) {
    case 'add': {
      const [a, b] = node.inputs;
      return added({ kind: 'value', value: b }, a) ?? added({ kind: 'value', value: a }, b);
    }
    case 'where': {
      const each = search.trials.map((trial) => conditionOf(node, trial));
      const [first] = each;
      return first && each.every((found) => found?.scores === first.scores)
        ? added(first.mask, first.scores)
        : undefined;
    }
    case 'mul':
    case 'div': {
      for (const input of node.inputs) {
        const factors = search.trials.map((trial) => factorOf(node, input, trial));
        const [factor] = factors;
        const rest = factor !== undefined && factors.every((other) => other === factor) && scoresOf(input, search);
        // A factor on what was masked already is none on the scores alone.
        if (rest && rest.masks.length === 0) return { ...rest, scale: rest.scale * factor };
      }
      return undefined;
    }
    case 'transpose': {
      const rest = scoresOf(node.inputs[0], search);
      const perm = numbers(attributesOf(node), 'perm');
      const rank = shapes[0].length;
      const swaps = perm.length === rank && perm.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
      return rest && swaps && rest.masks.length === 0 ? { ...rest, flipped: !rest.flipped } : undefined;
    }
    default:
      return undefined;
  }
}

/** From the output of the softmax on to the product with the values. */
export function productBehind(value: string, search: Search): Node | undefined {
  const reader = search.readers.get(value);
  if (!reader) return undefined;
  if (isBare(reader))
    return reader.inputs[0] === value && !boolean(attributesOf(reader), 'transposeA') ? reader : undefined;
  const [before, after] = [shapesOf(value, search), shapesOf(reader.outputs[0], search)];
  const kept = isReshape(reader) && before?.every((shape, i) => shape.at(-1) === after?.[i].at(-1));
  return kept ? productBehind(reader.outputs[0], search) : undefined;
}
