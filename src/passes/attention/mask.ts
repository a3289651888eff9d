/** What is added to scores of attention before the softmax: masks, and triangles that make it causal. */
import type { DenseConstant } from '../../formats/constant.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { attributesOf } from '../../ops/call.ts';
import { boolean, number } from '../../ops/op.ts';
import type { Trial } from '../trials.ts';

/** A term of the scores. */
export type Mask =
  | { readonly kind: 'value'; readonly value: string }
  /** 0 where the condition is `when`, else `low`. */
  | { readonly kind: 'condition'; readonly value: string; readonly when: boolean; readonly low: number };

/** What is so far below other scores that nothing is left of it after the exponential, and of any score added to it. */
const LOW = -1e9;

/** The number of a value that is one number in this trial. */
export function scalarIn({ known }: Trial, value: string): number | undefined {
  const numbers = known.get(value);
  return numbers?.data.length === 1 ? numbers.data[0] : undefined;
}

/** A choice between scores and one very low number; undefined where the node is something else. */
export function conditionOf(
  { inputs: [condition, a, b], op }: Node,
  trial: Trial,
): { readonly mask: Mask; readonly scores: string } | undefined {
  if (op !== 'where') return undefined;
  for (const [scores, other, when] of [[a, b, true] as const, [b, a, false] as const]) {
    const low = scalarIn(trial, other);
    if (low !== undefined && low <= LOW) return { mask: { kind: 'condition', value: condition, when, low }, scores };
  }
  return undefined;
}

/** Whether the mask lets query i see the keys j <= i and no others: then its numbers need not be read. */
export function isCausal(mask: Mask, graph: Graph, makers: ReadonlyMap<string, Node>): boolean {
  const constant = graph.constants.get(mask.value);
  if (constant?.encoding === 'dense')
    return isLower(constant, (value) =>
      mask.kind === 'condition' ? (value !== 0) === mask.when : value === 0 ? true : value <= LOW ? false : undefined,
    );
  if (mask.kind === 'condition') return isTriangle(mask.value, mask.when, graph, makers);
  const choice = makers.get(mask.value);
  if (choice?.op !== 'where') return false;
  const [condition, yes, no] = choice.inputs;
  const [a, b] = [numberOf(graph, yes), numberOf(graph, no)];
  if (a === 0 && b !== undefined && b <= LOW) return isTriangle(condition, true, graph, makers);
  return b === 0 && a !== undefined && a <= LOW && isTriangle(condition, false, graph, makers);
}

function numberOf({ constants }: Graph, value: string): number | undefined {
  const constant = constants.get(value);
  return constant?.encoding === 'dense' && constant.data.length === 1 ? Number(constant.data[0]) : undefined;
}

/** [..., s, s] with all pairs seen up to the diagonal and none past it. */
function isLower({ shape, data }: DenseConstant, seen: (value: number) => boolean | undefined): boolean {
  const extent = shape.at(-1) ?? 0;
  if (extent < 2 || shape.at(-2) !== extent || data.length !== extent * extent) return false;
  for (let i = 0; i < extent; i++)
    for (let j = 0; j < extent; j++) if (seen(Number(data[i * extent + j])) !== j <= i) return false;
  return true;
}

/** Whether a condition is `when` exactly in the lower triangle: ones of which trilu kept it, as bool or beside a 0. */
function isTriangle(value: string, when: boolean, graph: Graph, makers: ReadonlyMap<string, Node>): boolean {
  const node = makers.get(value);
  if (!node) return false;
  if (node.op === 'not') return isTriangle(node.inputs[0], !when, graph, makers);
  if (node.op === 'equal') {
    const side = node.inputs.findIndex((input) => numberOf(graph, input) !== undefined);
    const compared = numberOf(graph, node.inputs[side] ?? '');
    if (compared !== 0 && compared !== 1) return false;
    return isTriangle(node.inputs[1 - side], compared === 1 ? when : !when, graph, makers);
  }
  if (node.op === 'cast') return isTriangle(node.inputs[0], when, graph, makers);
  if (!when || node.op !== 'trilu') return false;
  const attributes = attributesOf(node);
  const repeated = makers.get(node.inputs[0]);
  const ones = repeated && (repeated.op === 'expand' || repeated.op === 'expandLike') ? repeated.inputs[0] : undefined;
  const lower = !boolean(attributes, 'upper') && number(attributes, 'k') === 0;
  return lower && ones !== undefined && numberOf(graph, ones) === 1;
}
