/** Where batches come from: tensors cut into rows in a seeded order, or whatever an async iterable yields. */
import { allocate, type TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { hash32, random, shuffle } from '../core/random.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';

export interface Batch {
  /** A tensor per model input; the first axis is the item. */
  readonly inputs: Readonly<Record<string, AnyTensor>>;
  readonly targets: AnyTensor;
}

/** All items at once, in the shape of one big batch. */
export type Dataset = Batch;

/** Items in the dataset. Throws UsageError when its tensors disagree. */
export function itemsOf({ inputs, targets }: Dataset): number {
  const items = targets.dims[0] ?? 0;
  for (const [name, tensor] of Object.entries(inputs))
    if (tensor.dims[0] !== items)
      throw new UsageError(
        `input "${name}": want ${items} items as in the targets, got ${tensor.dims[0] ?? 'a scalar'}`,
      );
  return items;
}

/** The order of items in an epoch: a function of seed and epoch alone, so that a resumed run finds it again. */
export function orderOf(items: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: items }, (_, i) => i);
  return shuffle(random(hash32(seed, 0x5eed, epoch)), order);
}

/** Copies the given rows of a dataset into one batch. */
export function batchOf({ inputs, targets }: Dataset, rows: Uint32Array): Batch {
  const taken = Object.entries(inputs).map(([name, tensor]) => [name, takeRows(tensor, rows)] as const);
  return { inputs: Object.fromEntries(taken), targets: takeRows(targets, rows) };
}

function takeRows(tensor: AnyTensor, rows: Uint32Array): AnyTensor {
  const { type, dims } = tensor;
  const data: TypedArray = tensor.data;
  const row = dims.slice(1).reduce((product, extent) => product * extent, 1);
  const out = allocate(type, rows.length * row);
  for (let i = 0; i < rows.length; i++) out.set(data.subarray(rows[i] * row, (rows[i] + 1) * row) as never, i * row);
  return new Tensor(type as 'float32', out as Float32Array, [rows.length, ...dims.slice(1)]);
}

export function isDataset(source: Dataset | AsyncIterable<Batch> | (() => AsyncIterable<Batch>)): source is Dataset {
  return typeof source === 'object' && source !== null && 'targets' in source;
}
