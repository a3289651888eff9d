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
  for (const { name, outputAxis } of weightsOf(graph)) {
    const constant = constants.get(name);
    if (constant?.dtype !== 'float32') continue;
    constants.set(name, encode(name, constant, outputAxis, choice));
  }
  if (choice === 'dense') for (const [name, constant] of constants) constants.set(name, densified(constant));
  return { ...graph, constants };
}

function encode(name: string, constant: Constant, outputAxis: number, choice: FormatChoice): Constant {
  if (choice === 'auto') return constant.encoding === 'dense' ? detect(constant, outputAxis) : constant;
  if (choice === constant.encoding || choice === 'dense') return constant;
  const data = densified(constant).data as Float32Array;
  const keep = constant.encoding === 'dense' ? undefined : keepOf(constant);
  if (choice === 'nm') {
    if (constant.encoding !== 'dense') return constant;
    throw new UsageError(`format 'nm': want weights pruned as N:M, got "${name}" stored ${constant.encoding}`);
  }
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
