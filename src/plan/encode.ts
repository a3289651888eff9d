/** Gives every weight the encoding that the caller asks for, or the one its zeros suggest. */
import { UsageError } from '../core/errors.ts';
import { type Constant, matrixView } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { formats, keepOf } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { weightsOf } from '../ops/weights.ts';

/** How weights are stored while a session runs. 'auto' keeps what the file says and encodes what is mostly zeros. */
export type FormatChoice = 'auto' | 'dense' | 'csr' | 'bsr' | 'nm';

export const formatChoices: readonly FormatChoice[] = ['auto', 'dense', 'csr', 'bsr', 'nm'];

/** Below this share of zeros no sparse kernel beats the dense one (see docs/formats.md). */
const WORTH_ENCODING = 0.5;
const BLOCK = [4, 1] as const;

export function encodeWeights(graph: Graph, choice: FormatChoice): Graph {
  const constants = new Map(graph.constants);
  const updated = new Set(graph.updates.map(({ constant }) => constant));
  for (const { name, outputAxis } of weightsOf(graph)) {
    const constant = constants.get(name);
    // Zeros that an update may fill are no pattern, and the update is written for the encoding as it is.
    if (constant?.dtype !== 'float32' || updated.has(name)) continue;
    constants.set(name, encode(constant, outputAxis, choice));
  }
  if (choice === 'nm' && ![...constants.values()].some(({ encoding }) => encoding === 'nm'))
    throw new UsageError(`format 'nm': want weights pruned as N:M, got none in "${graph.name}"`);
  if (choice === 'dense')
    for (const [name, constant] of constants) if (!updated.has(name)) constants.set(name, densified(constant));
  return { ...graph, constants };
}

function encode(constant: Constant, outputAxis: number, choice: FormatChoice): Constant {
  if (choice === 'auto') return constant.encoding === 'dense' ? detect(constant, outputAxis) : constant;
  // Which weights would do as N:M only pruning can say: those that are not stay what they are.
  if (choice === constant.encoding || choice === 'dense' || choice === 'nm') return constant;
  const data = densified(constant).data as Float32Array;
  const keep = constant.encoding === 'dense' ? undefined : keepOf(constant);
  return choice === 'csr'
    ? formats.csr.fromDense(data, constant.shape, outputAxis, keep)
    : formats.bsr.fromDense(data, constant.shape, outputAxis, keep, { block: BLOCK });
}

/** A dense weight that is mostly zeros is encoded: in blocks where its zeros come in blocks, else as csr. */
function detect(constant: Constant, outputAxis: number): Constant {
  const data = densified(constant).data as Float32Array;
  let nonZeros = 0;
  for (const value of data) if (value !== 0) nonZeros++;
  if (data.length === 0 || nonZeros > data.length * (1 - WORTH_ENCODING)) return constant;
  const { rows } = matrixView(constant.shape, outputAxis);
  if (rows >= BLOCK[0]) {
    const blocks = formats.bsr.fromDense(data, constant.shape, outputAxis, undefined, { block: BLOCK });
    if (nonZeros >= 0.9 * blocks.values.length) return blocks;
  }
  return formats.csr.fromDense(data, constant.shape, outputAxis);
}
