/**
 * The safetensors format: named tensors and text metadata.
 *
 *     | u64 LE: header length n | n bytes of JSON, padded with spaces to a multiple of 8 | tensors back to back |
 *
 * Offsets in the header count from the end of the header; the tensors cover the rest of the file without holes or overlap.
 */
import { invariant, ModelError } from '../core/errors.ts';

const elementBytes = { BOOL: 1, U8: 1, I8: 1, F16: 2, F32: 4, I32: 4, F64: 8, I64: 8 } as const;
export type SafeDType = keyof typeof elementBytes;

export interface SafeTensor {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  /** Little-endian elements; when read, a view into the file. */
  readonly bytes: Uint8Array;
}

export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own bound on the header. */
const MAX_HEADER = 100_000_000;

/** Writes tensors in the order of the map: the same input gives the same bytes. */
export function writeSafetensors(tensors: ReadonlyMap<string, SafeTensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    invariant(bytes.byteLength === byteSize(dtype, shape), `tensor ${name} fills its shape`);
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.fill(32, 8, 8 + length);
  file.set(json, 8);
  let at = 8 + length;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

/** Checks every size and offset. Throws ModelError that says where, what was wanted and what is there. */
export function readSafetensors(file: Uint8Array): SafeTensors {
  if (file.byteLength < 8) throw new ModelError(`safetensors at byte 0: want a header length of 8 bytes, got ${file.byteLength} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER || length > file.byteLength - 8)
    throw new ModelError(`safetensors at byte 0: want a header within the ${file.byteLength} bytes of the file, got a length of ${length}`);
  const header = parseHeader(file.subarray(8, 8 + length));
  const data = file.subarray(8 + length);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((text) => typeof text !== 'string'))
    throw new ModelError('safetensors header: want __metadata__ as an object of strings');

  const spans = Object.entries(entries).map(([name, entry]) => spanOf(name, entry, data.byteLength));
  let end = 0;
  for (const { name, begin, stop } of [...spans].sort((a, b) => a.begin - b.begin || a.stop - b.stop)) {
    if (begin !== end) throw new ModelError(`safetensors "${name}": want data at offset ${end}, without hole or overlap, got ${begin}`);
    end = stop;
  }
  if (end !== data.byteLength) throw new ModelError(`safetensors: want ${end} bytes of data, got ${data.byteLength}`);
  const tensors = new Map(spans.map(({ name, dtype, shape, begin, stop }) => [name, { dtype, shape, bytes: data.subarray(begin, stop) }]));
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (error) {
    throw new ModelError('safetensors at byte 8: want a header in JSON', { cause: error });
  }
  throw new ModelError('safetensors at byte 8: want a JSON object as header');
}

function spanOf(name: string, entry: unknown, available: number) {
  const fail = (want: string, got: unknown): never => {
    throw new ModelError(`safetensors "${name}": want ${want}, got ${JSON.stringify(got)}`);
  };
  if (!isRecord(entry)) return fail('an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) return fail(`a dtype among ${Object.keys(elementBytes).join(', ')}`, dtype);
  if (!isCounts(shape)) return fail('a shape of whole numbers', shape);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > available)
    return fail(`data_offsets within ${available} bytes`, offsets);
  const [begin, stop] = offsets;
  const size = byteSize(dtype as SafeDType, shape);
  if (stop - begin !== size) return fail(`${size} bytes for ${dtype} [${shape.join(', ')}]`, stop - begin);
  return { name, dtype: dtype as SafeDType, shape, begin, stop };
}

function byteSize(dtype: SafeDType, shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, elementBytes[dtype]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
