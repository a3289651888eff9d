/** Calibration data of the command line: .npy files of inputs, without targets, batch after batch. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Feeds } from '../runtime/executor.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';
import { inputsFor, readInputs } from './dataset.ts';

const BATCH = 32;

/**
 * @param files `NAME=FILE` each, or one `FILE` for a model with one input: items along the first axis
 * @returns batches of 32, or of what the model's inputs fix
 */
export async function readCalibration(graph: Graph, option: string, files: readonly string[]): Promise<Feeds[]> {
  const names = graph.inputs.map(({ name }) => name);
  const tensors = Object.entries(inputsFor(graph, await readInputs(option, files, names), option));
  const counts = new Set(tensors.map(([, { dims }]) => dims[0] ?? 0));
  const [items = 0] = counts;
  if (counts.size !== 1 || items === 0)
    throw new UsageError(`${option}: want the same number of items for each input, got ${[...counts].join(' and ')}`);
  const fixed = graph.inputs.map(({ shape }) => shape[0]).find((extent) => typeof extent === 'number');
  const batch = Math.min(fixed ?? BATCH, items);
  const batches: Feeds[] = [];
  // A last batch that a fixed extent has no room for is left out.
  for (let from = 0; from + (fixed ?? 1) <= items; from += batch)
    batches.push(Object.fromEntries(tensors.map(([name, tensor]) => [name, rowsOf(tensor, from, from + batch)])));
  return batches;
}

function rowsOf({ type, data, dims }: AnyTensor, from: number, to: number): AnyTensor {
  const size = data.length / dims[0];
  const some = data.subarray(from * size, to * size) as Float32Array;
  return new Tensor(type as 'float32', some, [some.length / size, ...dims.slice(1)]);
}
