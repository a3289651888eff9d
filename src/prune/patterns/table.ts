/** Every pattern that an option can ask for. A new one is its file, its option type and a line in each of the lists here. */
import { UsageError } from '../../core/errors.ts';
import { type BlockOption, parseBlock } from './block.ts';
import { type NmOption, parseNm } from './nm.ts';
import type { Pattern } from './pattern.ts';
import { parseUnstructured, type UnstructuredOption } from './unstructured.ts';

/** 'unstructured', '2:4', { nm: '2:4', sharedRows: 4 }, { block: [4, 1] }, or a pattern of one's own. */
export type PatternOption = UnstructuredOption | NmOption['nm'] | NmOption | BlockOption | Pattern;

const parsers: readonly ((option: unknown) => Pattern | undefined)[] = [parseUnstructured, parseBlock, parseNm];

/** The pattern of an option. Throws UsageError when no pattern goes by it. */
export function patternOf(option: PatternOption): Pattern {
  if (typeof option === 'object' && option !== null && 'encode' in option) return option;
  for (const parse of parsers) {
    const pattern = parse(option);
    if (pattern) return pattern;
  }
  const want = `'unstructured', 'N:M', { nm: 'N:M', sharedRows } or { block: [rows, columns] }`;
  throw new UsageError(`prune: want a pattern such as ${want}, got ${JSON.stringify(option)}`);
}
