/** What the kernel bench runs: every shape of bench/shapes, for every way to store the weight. */
import type { AttributeValue } from '../src/core/attributes.ts';
import { sizeOf } from '../src/core/shape.ts';
import { matrixView, type SparseConstant } from '../src/formats/constant.ts';
import { type FormatOptions, placement } from '../src/formats/format.ts';
import { formats, storedCount } from '../src/formats/table.ts';
import { kernels } from '../src/kernels/table.ts';
import { attributesOf, opOf } from '../src/ops/call.ts';
import { ops } from '../src/ops/table.ts';
import type { Input, Work } from './row.ts';
import { shapesOf } from './shapes.ts';
import { numbers } from './subject.ts';

export interface Case {
  readonly work: Work;
  readonly shape: string;
  /** How the weight is stored; empty where there is none. */
  readonly weight: string;
  /** Per run: floating-point operations with what is stored, or numbers made. */
  readonly amount: number;
  readonly unit: 'GF/s' | 'G numbers/s';
}

interface Storage extends FormatOptions {
  readonly name: string;
  readonly encoding: 'csr' | 'bsr' | 'nm';
}

const storages: readonly Storage[] = [
  { name: 'csr', encoding: 'csr' },
  { name: 'bsr 2x1', encoding: 'bsr', block: [2, 1] },
  { name: 'bsr 4x1', encoding: 'bsr', block: [4, 1] },
  { name: '2:4', encoding: 'nm', n: 2, m: 4 },
  { name: '2:4 shared by 4', encoding: 'nm', n: 2, m: 4, sharedRows: 4 },
];

export function* cases(sparsity: number): Generator<Case> {
  yield* products(sparsity);
  yield* convolutions(sparsity);
  yield* rowwise();
}

function* products(sparsity: number): Generator<Case> {
  for (const [tokens, inputs, outputs] of shapesOf('products', 3)) {
    const shape = `${tokens} x ${inputs} x ${outputs}`;
    const flops = (stored: number) => ({ shape, amount: 2 * tokens * stored, unit: 'GF/s' as const });
    const x: Input = { shape: [tokens, inputs] };
    const y: Input = { shape: [tokens, outputs] };
    const dense: Input = { shape: [inputs, outputs] };
    yield { work: work('matmul', [x, dense]), weight: 'dense', ...flops(inputs * outputs) };
    for (const storage of storages) {
      const constant = stored([inputs, outputs], 1, storage, sparsity);
      const w: Input = { shape: constant.shape, constant };
      const rest = { weight: labelOf(storage, constant), ...flops(storedCount(constant)) };
      yield { work: work('matmul', [x, w]), ...rest };
      yield { work: work('matmul', [y, w], { transposeB: true }), ...rest, shape: `${shape}, transposed` };
      yield { work: work('sddmm', [x, y, w]), ...rest };
    }
  }
}

function* convolutions(sparsity: number): Generator<Case> {
  for (const numbers of shapesOf('convolutions', 9)) {
    const [images, channels, height, width, filters, kernel, stride, pad, group] = numbers;
    const [outHeight, outWidth] = [height, width].map((side) => Math.floor((side + 2 * pad - kernel) / stride) + 1);
    const shape = `${images}x${channels}x${height}x${width} * ${filters} ${kernel}x${kernel} /${stride}${group > 1 ? ` in ${group} groups` : ''}`;
    const x: Input = { shape: [images, channels, height, width] };
    const dy: Input = { shape: [images, filters, outHeight, outWidth] };
    const filter = [filters, channels / group, kernel, kernel];
    const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], group };
    const weights: [string, Input, number][] = [['dense', { shape: filter }, sizeOf(filter)]];
    for (const storage of group === 1 ? storages : []) {
      const constant = stored(filter, 0, storage, sparsity);
      weights.push([labelOf(storage, constant), { shape: filter, constant }, storedCount(constant)]);
    }
    for (const [weight, w, count] of weights) {
      const rest = { shape, weight, amount: 2 * images * outHeight * outWidth * count, unit: 'GF/s' as const };
      yield { work: work('conv2d', [x, w], attributes), ...rest };
      yield { work: work('conv2dInputGrad', [dy, w, x], attributes), ...rest };
      yield { work: work('conv2dWeightGrad', [dy, x, w], attributes), ...rest };
    }
  }
}

/** Ops whose operands all have the shape of the result, and a few whose other operands are known. */
function* rowwise(): Generator<Case> {
  for (const [rows, columns] of shapesOf('rows', 2)) {
    const whole: Input = { shape: [rows, columns], data: positive(rows * columns) };
    const row: Input = { shape: [columns], data: positive(columns) };
    const one: Input = { shape: [], data: positive(1) };
    const known: Readonly<Record<string, readonly Input[]>> = {
      layerNorm: [whole, row, row],
      sgd: [whole, whole, one, whole],
      adam: [whole, whole, one, one, one, whole, whole],
    };
    const done = new Set(['matmul', 'sddmm', 'sample', 'conv2d', 'conv2dInputGrad', 'conv2dWeightGrad']);
    for (const { op } of kernels) {
      if (done.has(op)) continue;
      done.add(op);
      const found = tried(op, known[op], whole);
      if (!found) continue;
      const amount = sizeOf(found.inputs[0].shape);
      yield { work: found, shape: `${rows} x ${columns}`, weight: '', amount, unit: 'G numbers/s' };
    }
  }
}

/** The op on known operands, or on as many whole ones as it must have; undefined where its shape rule refuses those. */
function tried(op: string, known: readonly Input[] | undefined, whole: Input): Work | undefined {
  const names = ops.get(op)?.inputs ?? [];
  const inputs = known ?? names.filter((name) => !name.endsWith('?')).map(() => whole);
  if (inputs.length === 0) return undefined;
  try {
    return work(op, inputs);
  } catch {
    return undefined;
  }
}

function work(op: string, inputs: readonly Input[], given: Readonly<Record<string, AttributeValue>> = {}): Work {
  const names = inputs.map((_, i) => `input ${i}`);
  const node = { op, name: op, inputs: names, outputs: ['output'], attributes: given };
  const attributes = attributesOf(node);
  const types = inputs.map(({ shape, constant }) => ({
    dtype: 'float32' as const,
    shape,
    ...(constant && { stored: constant.values.length }),
  }));
  const constants = inputs.map(({ constant }) => constant);
  const outputs = opOf(node)
    .infer({ node, attributes, types, constants })
    .map((type) => type.shape);
  return { op, attributes, inputs, outputs };
}

/** Random weights with about this share of zeros, in whole units of the storage. */
function stored(shape: readonly number[], outputAxis: number, storage: Storage, sparsity: number): SparseConstant {
  const { rows, columns, at } = placement(shape, outputAxis);
  const keep = new Uint8Array(sizeOf(shape));
  const [height] = storage.block ?? [storage.sharedRows ?? 1];
  const { n = 0, m = 1 } = storage;
  const draw = numbers(Math.ceil(rows / height) * columns, 7);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const unit = Math.floor(row / height);
      const kept =
        storage.encoding === 'nm'
          ? (column + unit + Math.floor(column / m)) % m < n
          : draw[unit * columns + column] > 2 * sparsity - 1;
      if (kept) keep[at(row, column)] = 1;
    }
  return formats[storage.encoding].fromDense(numbers(sizeOf(shape)), shape, outputAxis, keep, storage);
}

function labelOf({ name }: Storage, constant: SparseConstant): string {
  const { rows, columns } = matrixView(constant.shape, constant.outputAxis);
  return `${name}, ${Math.round(100 * (1 - storedCount(constant) / (rows * columns)))} % zeros`;
}

function positive(length: number): Float32Array {
  return numbers(length).map((value) => 0.1 + Math.abs(value));
}
