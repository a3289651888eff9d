/** Masks and encodings of a whole graph. */
import { UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { keepOf, toDense } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import type { Weight } from './criteria/criterion.ts';
import type { Pattern } from './patterns/pattern.ts';
import { type PatternOption, patternOf } from './patterns/table.ts';
import type { Masks } from './select.ts';
import { type Candidate, candidatesOf, type Selection, select } from './targets.ts';

/** The masks of all sparse constants: 1 at every stored position, row-major in the constant's shape. */
export function maskOf(graph: Graph): Masks {
  return new Map(
    [...graph.constants].filter(([, { encoding }]) => encoding !== 'dense').map(([name, c]) => [name, keepOf(c)]),
  );
}

/** The graph with every sparse constant written out with its zeros. The pattern is forgotten, the numbers stay. */
export function densify(graph: Graph): Graph {
  return { ...graph, constants: mapValues(graph.constants, densified) };
}

/**
 * The graph with the masked weights stored in the pattern's encoding. Throws UsageError when a mask is not one of a
 * prunable weight, has another length or breaks the pattern.
 */
export function applyMasks(graph: Graph, masks: Masks, pattern: PatternOption): Graph {
  const candidates = candidatesOf(graph);
  const constants = new Map(graph.constants);
  for (const [name, mask] of masks) {
    const candidate = candidates.find((each) => each.name === name);
    if (!candidate || candidate.obstacle !== undefined)
      throw new UsageError(
        `prune: want masks of prunable weights, got one of "${name}" (${candidate?.obstacle ?? 'not a weight'})`,
      );
    constants.set(name, encode(candidate, mask, patternOf(pattern)));
  }
  return { ...graph, constants };
}

export interface ReencodeOptions extends Selection {
  readonly pattern: PatternOption;
  /** Weights with a smaller fraction of zeros stay as they are. Default 0: all are encoded. */
  readonly minSparsity?: number;
}

/**
 * Stores weights in the pattern's encoding without pruning any: a dense weight by its zeros, a sparse one by its mask.
 * For models that come with zeros, and for a change of format. Throws UsageError when zeros do not fit an N:M pattern.
 */
export function reencode(graph: Graph, { pattern, minSparsity = 0, ...selection }: ReencodeOptions): Graph {
  const constants = new Map(graph.constants);
  for (const candidate of select(candidatesOf(graph), selection).meant) {
    const { constant, name } = candidate;
    const stored = keepOf(constant);
    const mask =
      constant.encoding === 'dense' ? stored.map((_, i) => (Number(constant.data[i]) === 0 ? 0 : 1)) : stored;
    const zeros = mask.reduce((sum, kept) => sum + 1 - kept, 0);
    if (zeros >= minSparsity * mask.length) constants.set(name, encode(candidate, mask, patternOf(pattern)));
  }
  return { ...graph, constants };
}

/** A candidate as criteria and patterns see it. */
export function weightOf({ name, shape, outputAxis, constant }: Candidate): Weight {
  const data = toDense(constant);
  return { name, shape, outputAxis, data, ...(constant.encoding !== 'dense' && { keep: keepOf(constant) }) };
}

function encode({ name, shape, outputAxis, constant }: Candidate, mask: Uint8Array, pattern: Pattern): Constant {
  if (mask.length !== sizeOf(shape))
    throw new UsageError(`prune: want a mask of ${sizeOf(shape)} for "${name}", got ${mask.length}`);
  return pattern.encode(toDense(constant), shape, outputAxis, mask);
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
