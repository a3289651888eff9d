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

/** Below this share of zeros no sparse kernel beats the dense one; above it the plan compares, shape by shape. */
const WORTH_ENCODING = 0.2;
const BLOCK = [4, 1] as const;
/** Blocks of 4x1 that lie on each other: as good for many columns, better for one. */
const TALLER = [16, 8] as const;

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

/** Elements counted before it is asked whether the weight is out of the question. */
const RUN = 1 << 14;

function nonZerosIn(data: Float32Array, first: number, end: number): number {
  const last = Math.min(end, data.length);
  let count = 0;
  for (let i = first; i < last; i++) count += data[i] === 0 ? 0 : 1;
  return count;
}

/** A dense weight that is mostly zeros is encoded: in the tallest blocks that its zeros come in, else as csr. */
function detect(constant: Constant, outputAxis: number): Constant {
  const data = densified(constant).data as Float32Array;
  const most = data.length * (1 - WORTH_ENCODING);
  let nonZeros = 0;
  for (let i = 0; i < data.length && nonZeros <= most; i += RUN) nonZeros += nonZerosIn(data, i, i + RUN);
  if (data.length === 0 || nonZeros > most) return constant;
  const { rows } = matrixView(constant.shape, outputAxis);
  const inBlocks = (height: number) =>
    formats.bsr.fromDense(data, constant.shape, outputAxis, undefined, { block: [height, 1] });
  const blocks = rows >= BLOCK[0] ? inBlocks(BLOCK[0]) : undefined;
  if (!blocks || nonZeros < 0.9 * blocks.values.length) return formats.csr.fromDense(data, constant.shape, outputAxis);
  for (const height of TALLER.filter((extent) => extent <= rows)) {
    const taller = inBlocks(height);
    if (taller.values.length <= 1.03 * blocks.values.length) return taller;
  }
  return blocks;
}
