/** Who takes part in the contest of a layer: its weights with zeros of several kinds, and how they are run. */
import type { PatternOption } from 'lacewing/prune';
import { kernels } from '../../src/kernels/table.ts';
import type { Layer } from './layer.ts';

export interface Variant {
  /** How the zeros lie. */
  readonly pattern: string;
  readonly option: PatternOption;
  readonly sparsity: number;
  /** 'dense' keeps the zeros in place; 'auto' is what a caller gets who asks for nothing. */
  readonly format: 'dense' | 'auto';
  readonly threads: number;
}

export const UNSTRUCTURED = [0.5, 0.8, 0.9, 0.95] as const;
const QUICK: readonly (readonly [string, number])[] = [
  ['unstructured', 0.5],
  ['unstructured', 0.8],
  ['unstructured', 0.9],
  ['4x1', 0.9],
  ['16x1', 0.9],
];

const plain = { format: 'auto', threads: 1 } as const;
const blocks = (height: number, sparsity: number): Variant => ({
  ...{ ...plain, pattern: `${height}x1`, option: { block: [height, 1] }, sparsity },
});

/** The first one is dense. With `threads` above 1, the dense one and 90 % zeros are there on so many threads as well. */
export function variantsOf({ kind, columns }: Layer, { quick = false, threads = 1 } = {}): Variant[] {
  const dense: Variant = { ...plain, pattern: 'dense', option: 'unstructured', sparsity: 0, format: 'dense' };
  // What these do is dense in every network: so few weights are not worth a mask.
  if (kind === 'depthwise' || kind === 'stem') return [dense];
  const unstructured = UNSTRUCTURED.map(
    (sparsity): Variant => ({ ...plain, pattern: 'unstructured', option: 'unstructured', sparsity }),
  );
  const shared: Variant = { ...plain, pattern: '2:4 by 4', option: { nm: '2:4', sharedRows: 4 }, sparsity: 0.5 };
  // Taller blocks are for one token; a build that has no kernels for them does not run them.
  const tall = columns === 1 ? [8, 16].filter((height) => kernels.some(({ name }) => name === tallKernel(height))) : [];
  const all = [
    ...[dense, ...unstructured, blocks(4, 0.8), blocks(4, 0.9), shared],
    ...tall.map((height) => blocks(height, 0.9)),
  ];
  const taken = quick ? all.filter(({ pattern, sparsity }) => pattern === 'dense' || isQuick(pattern, sparsity)) : all;
  const several = threads > 1 && columns > 8 ? taken.filter((variant) => isDense(variant) || isNinety(variant)) : [];
  return [...taken, ...several.map((variant) => ({ ...variant, threads }))];
}

const tallKernel = (height: number) => `f32_spmv_bsr_${height}x1`;
const isQuick = (pattern: string, sparsity: number) => QUICK.some(([p, s]) => p === pattern && s === sparsity);
const isDense = ({ pattern }: Variant) => pattern === 'dense';
const isNinety = ({ pattern, sparsity }: Variant) => pattern === 'unstructured' && sparsity === 0.9;
