/** Where batches come from: tensors cut into rows in a seeded order, or whatever an async iterable yields. */
import { allocate, type TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { hash32, random, shuffle } from '../core/random.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';

export interface Batch {
  /** A tensor per model input; the first axis is the item. */
  readonly inputs: Readonly<Record<string, AnyTensor>>;
  /** What the outputs should be; may be left out where a teacher alone says that. */
  readonly targets?: AnyTensor;
  /** What the teacher says, as `Trainer.answers` gives it; without it the teacher runs. */
  readonly answers?: Readonly<Record<string, AnyTensor>>;
}

/** All items at once, in the shape of one big batch. */
export type Dataset = Batch;

/** Items in the dataset. Throws UsageError when its tensors disagree. */
export function itemsOf({ inputs, targets, answers = {} }: Dataset): number {
  const [first] = Object.keys(inputs);
  const items = (targets ?? inputs[first])?.dims[0] ?? 0;
  const like = targets ? 'the targets' : `input "${first}"`;
  const check = (what: string, tensors: Readonly<Record<string, AnyTensor>>) => {
    for (const [name, { dims }] of Object.entries(tensors))
      if (dims[0] !== items)
        throw new UsageError(`${what} "${name}": want ${items} items as in ${like}, got ${dims[0] ?? 'a scalar'}`);
  };
  check('input', inputs);
  check('answer', answers);
  return items;
}

/** The order of items in an epoch: a function of seed and epoch alone, so that a resumed run finds it again. */
export function orderOf(items: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: items }, (_, i) => i);
  return shuffle(random(hash32(seed, 0x5eed, epoch)), order);
}

/** Copies the given rows of a dataset into one batch. */
export function batchOf({ inputs, targets, answers }: Dataset, rows: Uint32Array): Batch {
  const taken = (tensors: Readonly<Record<string, AnyTensor>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, takeRows(tensor, rows)]));
  return {
    inputs: taken(inputs),
    ...(targets && { targets: takeRows(targets, rows) }),
    ...(answers && { answers: taken(answers) }),
  };
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
  return typeof source === 'object' && source !== null && 'inputs' in source;
}
