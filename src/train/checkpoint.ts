/**
 * Checkpoints: everything a trainer needs to go on as if it had never stopped, as one safetensors file.
 *
 *     w            dense numbers of every constant that training moves
 *     w:keep       for pruned weights one bit per weight, lowest bit first
 *     w:planned    the same as it was when the plans were made, if it has lost weights since: kernels are chosen by it, and
 *                  another kernel may round differently
 *     metadata     step, epoch and pattern of each pruned weight, as JSON
 */
import { ModelError, UsageError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { readSafetensors, type SafeTensor, writeSafetensors } from '../file/safetensors.ts';
import type { Constant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { checkMask, type Pattern, type PrunedWeight } from './sparsity.ts';

export interface Progress {
  /** Steps taken. */
  readonly step: number;
  /** Passes over the data begun, and steps taken in the current one. */
  readonly epoch: number;
  readonly inEpoch: number;
  /** Sum of the losses of these steps. */
  readonly lossSum: number;
  /** The step and the epoch at which the last `fit` began. */
  readonly fitStart: number;
  readonly fitEpoch: number;
  /** The epoch that it was to reach; that of `epoch` or less when it did. */
  readonly untilEpoch: number;
  /** Early stopping: the best loss so far and evaluations since. */
  readonly best: number | null;
  readonly worse: number;
}

export interface Checkpoint {
  readonly progress: Progress;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly pruned: ReadonlyMap<string, PrunedWeight>;
  /** The masks that plans were made for, where they are not those of `pruned`. */
  readonly planned: ReadonlyMap<string, Uint8Array>;
}

const FORMAT = 'lacewing checkpoint';

export function writeCheckpoint({ progress, constants, pruned, planned }: Checkpoint): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, constant] of constants) {
    const { data, shape } = densified(constant);
    tensors.set(name, { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  }
  const patterns: Record<string, Pattern> = {};
  for (const [name, { pattern, keep }] of pruned) {
    patterns[name] = pattern;
    tensors.set(`${name}:keep`, bitTensor(keep));
  }
  for (const [name, keep] of planned) tensors.set(`${name}:planned`, bitTensor(keep));
  return writeSafetensors(tensors, {
    format: FORMAT,
    progress: JSON.stringify(progress),
    patterns: JSON.stringify(patterns),
  });
}

/** Throws ModelError for a file that is no checkpoint or does not fit `expected`, the shapes of this trainer's constants. */
export function readCheckpoint(bytes: Uint8Array, expected: ReadonlyMap<string, Constant>): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT)
    throw new ModelError(`checkpoint: want metadata format "${FORMAT}", got "${metadata.format}"`);
  const progress = parse(metadata.progress, 'progress') as Progress;
  for (const field of ['step', 'epoch', 'inEpoch', 'fitStart', 'fitEpoch', 'untilEpoch', 'worse'] as const)
    if (!Number.isSafeInteger(progress?.[field]) || progress[field] < 0)
      throw new ModelError(`checkpoint: want a whole number as ${field}, got ${JSON.stringify(progress?.[field])}`);
  if (!Number.isFinite(progress.lossSum))
    throw new ModelError(`checkpoint: want a number as lossSum, got ${progress.lossSum}`);
  if (progress.best !== null && typeof progress.best !== 'number')
    throw new ModelError(`checkpoint: want a number or null as best, got ${JSON.stringify(progress.best)}`);
  const patterns = parse(metadata.patterns, 'patterns') as Record<string, Pattern>;
  const constants = new Map<string, Constant>();
  const pruned = new Map<string, PrunedWeight>();
  const planned = new Map<string, Uint8Array>();
  for (const [name, { shape }] of expected) {
    const tensor = tensors.get(name);
    const size = sizeOf(shape);
    if (tensor?.dtype !== 'F32' || tensor.bytes.byteLength !== size * 4)
      throw new ModelError(
        `checkpoint "${name}": want ${size} float32 values, got ${tensor ? `${tensor.bytes.byteLength} bytes` : 'none'}`,
      );
    const data = new Float32Array(new Uint8Array(tensor.bytes).buffer);
    constants.set(name, { encoding: 'dense', dtype: 'float32', shape, data });
    const pattern = patterns[name];
    if (!pattern) continue;
    if (!isPattern(pattern, shape.length))
      throw new ModelError(`checkpoint "${name}": want a pattern, got ${JSON.stringify(pattern)}`);
    const keep = readBits(name, tensors.get(`${name}:keep`), size);
    pruned.set(name, fitting(name, shape, { pattern, keep }));
    const before = tensors.get(`${name}:planned`);
    if (!before) continue;
    const wide = readBits(name, before, size);
    if (keep.some((bit, i) => bit > wide[i]))
      throw new ModelError(`checkpoint "${name}": want a mask within the one it was planned with, got more`);
    planned.set(name, fitting(name, shape, { pattern, keep: wide }).keep);
  }
  return { progress, constants, pruned, planned };
}

function readBits(name: string, tensor: SafeTensor | undefined, size: number): Uint8Array {
  if (tensor?.bytes.byteLength !== Math.ceil(size / 8))
    throw new ModelError(
      `checkpoint "${name}": want a mask of ${size} bits, got ${tensor ? `${tensor.bytes.byteLength} bytes` : 'none'}`,
    );
  return unpackBits(tensor.bytes, size);
}

function bitTensor(keep: Uint8Array): SafeTensor {
  const bytes = packBits(keep);
  return { dtype: 'U8', shape: [bytes.length], bytes };
}

/** The weight as it is, if its mask follows its pattern. */
function fitting(name: string, shape: Shape, weight: PrunedWeight): PrunedWeight {
  try {
    checkMask(name, shape, weight);
  } catch (error) {
    if (error instanceof UsageError) throw new ModelError(`checkpoint: ${error.message}`);
    throw error;
  }
  return weight;
}

function isPattern(pattern: Pattern, rank: number): boolean {
  const counts = (...values: readonly unknown[]) =>
    values.every((value) => Number.isInteger(value) && (value as number) > 0);
  if (!(Number.isInteger(pattern.outputAxis) && pattern.outputAxis >= 0 && pattern.outputAxis < rank)) return false;
  if (pattern.encoding === 'bsr')
    return Array.isArray(pattern.block) && pattern.block.length === 2 && counts(...pattern.block);
  if (pattern.encoding === 'nm') return counts(pattern.n, pattern.m, pattern.sharedRows) && pattern.n <= pattern.m;
  return pattern.encoding === 'csr';
}

function parse(text: string | undefined, what: string): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    throw new ModelError(`checkpoint: want ${what} as JSON, got ${JSON.stringify(text?.slice(0, 40))}`, {
      cause: error,
    });
  }
}

function packBits(keep: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(keep.length / 8));
  keep.forEach((bit, i) => {
    if (bit) packed[i >> 3] |= 1 << (i & 7);
  });
  return packed;
}

function unpackBits(packed: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (packed[i >> 3] >> (i & 7)) & 1);
}
