/** Attention: every attribute, odd sizes, and heads that lie anywhere in the tokens. */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

const of = (about: string, shapes: readonly Shape[], attributes: Attributes, mask?: SampleInput): Sample => ({
  op: 'attention',
  about,
  inputs: [...shapes.map((shape) => floats(shape)), ...(mask ? [mask] : [])],
  attributes,
});

const plain: readonly Shape[] = [
  [2, 5, 12],
  [2, 7, 12],
  [2, 7, 12],
];

const wide: readonly Shape[] = [
  [2, 5, 15],
  [2, 7, 18],
  [2, 7, 14],
];
const fewer: readonly Shape[] = [
  [1, 4, 6],
  [1, 4, 6],
];
const swapped = ([n, s, width]: Shape): Shape => [s, n, width];

export const attentionSamples: readonly Sample[] = [
  of('three heads', plain, { heads: 3 }),
  of('one head', plain, { heads: 1 }),
  of('heads of one feature', plain, { heads: 12 }),
  of('values of another size', [...plain.slice(0, 2), [2, 7, 15]], { heads: 3 }),
  of('a scale', plain, { heads: 2, scale: 0.3 }),
  of('a negative scale', plain, { heads: 2, scale: -0.7 }),
  of('a mask of keys', plain, { heads: 3 }, floats([2, 1, 1, 7])),
  of('a mask of queries and keys', plain, { heads: 3 }, floats([5, 7])),
  of('a whole mask', plain, { heads: 3 }, floats([2, 3, 5, 7])),
  of('a mask per head, the same for all keys', plain, { heads: 3 }, floats([3, 5, 1])),
  of('a mask of one number', plain, { heads: 2 }, floats([])),
  of('causal', plain, { heads: 3, causal: true }),
  of('causal, fewer keys than queries', [[1, 9, 6], ...fewer], { heads: 2, causal: true }),
  of('causal and a mask', plain, { heads: 3, causal: true, scale: 0.5 }, floats([5, 7])),
  of('tokens first', plain.map(swapped), { heads: 3, tokensFirst: true }),
  of('tokens first, a mask', plain.map(swapped), { heads: 3, tokensFirst: true, scale: 0.4 }, floats([2, 1, 5, 7])),
  of('tokens first, one item', [[3, 1, 8], ...[6, 6].map((t) => [t, 1, 8])], { heads: 2, tokensFirst: true }),
  of('heads amid the features', wide, { heads: 3, headSizes: [4, 2], starts: [1, 5, 2] }),
  of('heads amid the features, tokens first', wide.map(swapped), {
    ...{ heads: 2, headSizes: [3, 5], starts: [0, 6, 1], tokensFirst: true, causal: true },
  }),
  of('more rows than a block', [[1, 61, 5], ...[21, 21].map((t) => [1, t, 5])], { heads: 1 }),
  of('one query', [[3, 1, 18], ...[17, 17].map((t) => [3, t, 18])], { heads: 2 }),
  of('no queries', [[2, 0, 4], ...[3, 3].map((t) => [2, t, 4])], { heads: 2 }),
  of('no keys', [[2, 3, 4], ...[0, 0].map((t) => [2, t, 4])], { heads: 2 }),
  of('no items', [[0, 3, 4], ...[5, 5].map((t) => [0, t, 4])], { heads: 2 }),
];
