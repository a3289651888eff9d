/** Training data of the command line: .npy files fitted to what a model takes. */
import { UsageError } from '../core/errors.ts';
import { format, type Shape } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic } from '../ops/infer.ts';
import type { AnyTensor } from '../runtime/tensor.ts';
import type { Dataset, LossName } from '../train/index.ts';
import { type Numbers, readNpy, tensorOf } from './npy.ts';

/** Files as read, before anybody knows which model they are for. */
export interface RawData {
  /** By input name; '' stands for the only input. */
  readonly inputs: ReadonlyMap<string, Numbers>;
  /** Absent where a teacher alone says what the outputs should be. */
  readonly targets?: Numbers;
}

/** With what the outputs should be. */
export interface LabelledData extends RawData {
  readonly targets: Numbers;
}

/**
 * @param inputs `NAME=FILE` each, or one `FILE` for a model with one input
 * @param names the model's inputs, when they are known
 */
export async function readData(
  inputs: readonly string[],
  targets: string | undefined,
  names: readonly string[],
): Promise<RawData> {
  const read = await readInputs('--inputs', inputs, names);
  return { inputs: read, ...(targets !== undefined && { targets: await readNpy(targets) }) };
}

/** The files of an option that may be given for each input, as `readData` says. */
export async function readInputs(
  option: string,
  inputs: readonly string[],
  names: readonly string[],
): Promise<RawData['inputs']> {
  const files = new Map<string, Numbers>();
  for (const text of inputs) {
    const at = text.indexOf('=');
    const named = at > 0 && names.includes(text.slice(0, at));
    const name = named ? text.slice(0, at) : '';
    if (!named && names.length > 1)
      throw new UsageError(`${option}: want NAME=FILE with a name among ${names.join(', ')}, got "${text}"`);
    if (files.has(name)) throw new UsageError(`${option}: want one file per input, got two for "${name || names[0]}"`);
    files.set(name, await readNpy(named ? text.slice(at + 1) : text));
  }
  return files;
}

/** The data in the types and shapes of the model. Throws UsageError when an input is missing or does not fit. */
export function datasetFor(graph: Graph, { inputs, targets }: RawData, loss: LossName): Dataset {
  const tensors = inputsFor(graph, inputs, '--inputs');
  if (!targets) return { inputs: tensors };
  if (loss === 'crossEntropy') return { inputs: tensors, targets: tensorOf(targets, 'int32', 'targets') };
  const wanted = inferSymbolic(graph).get(graph.outputs[0])?.shape ?? targets.shape;
  return { inputs: tensors, targets: tensorOf(fitted(targets, wanted), 'float32', 'targets') };
}

/** What was read for each input, as a tensor. Throws UsageError when an input is missing or does not fit. */
export function inputsFor(graph: Graph, inputs: RawData['inputs'], option: string): Record<string, AnyTensor> {
  const tensors: Record<string, AnyTensor> = {};
  for (const { name, dtype, shape } of graph.inputs) {
    const numbers = inputs.get(name) ?? (graph.inputs.length === 1 ? inputs.get('') : undefined);
    if (!numbers) throw new UsageError(`input "${name}": want data, as ${option} ${name}=FILE.npy, got none`);
    tensors[name] = tensorOf(fitted(numbers, shape), dtype, `input "${name}"`);
  }
  return tensors;
}

/** Items keep their numbers but take the model's extents: images [n, 28, 28] fit an input [batch, 784] or [batch, 1, 28, 28]. */
function fitted(numbers: Numbers, wanted: readonly (number | string)[]): Numbers {
  const { shape } = numbers;
  const item = wanted.slice(1).filter((dim) => typeof dim === 'number');
  const same = shape.length === wanted.length && item.every((extent, i) => shape[i + 1] === extent);
  if (same || item.length !== wanted.length - 1 || shape.length === 0) return numbers;
  if (product(shape.slice(1)) !== product(item)) return numbers;
  return { ...numbers, shape: [shape[0], ...item] };
}

function product(shape: Shape): number {
  return shape.reduce((all, extent) => all * extent, 1);
}

/** How many classes the targets speak of. Throws UsageError when they are not class indices. */
export function classesOf({ data, shape }: Numbers): number {
  let most = -1;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isInteger(value) || value < 0)
      throw new UsageError(`targets: want class indices from 0, got ${value} at element ${i} of ${format(shape)}`);
    most = Math.max(most, value);
  }
  return most + 1;
}
