/**
 * The safetensors format: tensors of numbers, by name, and a little text. Nothing in it is ever executed.
 *
 *     bytes 0..7     length of the header, u64
 *     header         JSON, padded with spaces to a multiple of 8:
 *                    { "__metadata__": { text by key }, "<name>": { "dtype", "shape", "data_offsets": [begin, end] } }
 *     the rest       the tensors back to back; offsets count from here. No holes, no overlap, nothing after the last.
 */
import { ModelError, UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import { describe } from './checked.ts';

/** Bytes per element of every type the format knows. */
const widths = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafeDType = keyof typeof widths;

export interface SafeTensor {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. When read: a view of the file, at any address. */
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  /** In the order in which they lie in the file. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
/** What the reference implementation admits. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

function fail(at: number, what: string, want: string, got: string): never {
  throw new ModelError(`byte ${at}: ${what}: want ${want}, got ${got}`);
}

/** Where the tensors begin. Throws ModelError when the header's length does not fit the file. */
function headerEnd(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) fail(0, 'header length', '8 bytes', `${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const room = Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length > BigInt(room)) fail(0, 'header length', `at most ${room} bytes`, `${length}`);
  return LENGTH_BYTES + Number(length);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    fail(LENGTH_BYTES, 'header', 'JSON in UTF-8', error instanceof Error ? error.message : String(error));
  }
  return isRecord(header) ? header : fail(LENGTH_BYTES, 'header', 'a JSON object', describe(header));
}

/** Reads a safetensors file. Throws ModelError, with the position, unless header, shapes and offsets account for every byte. */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const start = headerEnd(bytes);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start));
  const metadata = Object.hasOwn(header, METADATA) ? header[METADATA] : {};
  if (!isRecord(metadata) || Object.values(metadata).some((text) => typeof text !== 'string'))
    fail(LENGTH_BYTES, 'metadata', 'an object of strings', 'something else');

  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  const spans = entries.map(([name, value]) => ({ name, ...spanOf(name, value) }));
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, SafeTensor>();
  let reached = 0;
  for (const { name, dtype, shape, begin, end } of spans) {
    const what = `tensor "${name}"`;
    if (begin !== reached) fail(start + reached, what, `data that begin at offset ${reached}`, `${begin}`);
    if (end > bytes.length - start)
      fail(start + begin, what, `data that end by offset ${bytes.length - start}`, `${end}`);
    const size = shape.reduce((product, extent) => product * extent, widths[dtype]);
    if (end - begin !== size)
      fail(start + begin, what, `${size} bytes for ${dtype} ${format(shape)}`, `${end - begin}`);
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(start + begin, start + end) });
    reached = end;
  }
  if (start + reached !== bytes.length)
    fail(start + reached, 'data', 'the end of the file', `${bytes.length - start - reached} more bytes`);
  return { tensors, metadata: metadata as Readonly<Record<string, string>> };
}

interface Span {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function spanOf(name: string, value: unknown): Span {
  const what = `tensor "${name}"`;
  const at = LENGTH_BYTES;
  if (!isRecord(value)) return fail(at, what, 'an object', describe(value));
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(widths, dtype))
    return fail(at, what, `a dtype among ${Object.keys(widths).join(', ')}`, describe(dtype));
  if (!Array.isArray(shape) || !shape.every(isWhole))
    return fail(at, what, 'a shape of whole numbers', describe(shape));
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole) || offsets[0] > offsets[1])
    return fail(at, what, 'data_offsets [begin, end]', describe(offsets));
  if (Object.keys(rest).length > 0) fail(at, what, 'dtype, shape and data_offsets alone', Object.keys(rest).join(', '));
  return { dtype: dtype as SafeDType, shape, begin: offsets[0], end: offsets[1] };
}

/**
 * Writes a safetensors file. Tensors lie in the order of the map, wider element types first, so that each is aligned: the
 * same tensors give the same bytes. Throws UsageError when a tensor's bytes do not fit its shape.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = [...tensors].sort(([, a], [, b]) => widths[b.dtype] - widths[a.dtype]);
  // Put together by hand: an object would move names that look like numbers to the front.
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) entries.push(`"${METADATA}":${JSON.stringify(metadata)}`);
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of ordered) {
    const size = shape.reduce((product, extent) => product * extent, widths[dtype]);
    if (name === METADATA) throw new UsageError(`tensor "${name}": want another name, this one is reserved`);
    if (bytes.length !== size)
      throw new UsageError(`tensor "${name}": want ${size} bytes for ${dtype} ${format(shape)}, got ${bytes.length}`);
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [end, end + size] })}`);
    end += size;
  }
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(text.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES) throw new UsageError(`header: want at most ${MAX_HEADER_BYTES} bytes, got ${padded}`);
  const out = new Uint8Array(LENGTH_BYTES + padded + end);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(text, LENGTH_BYTES);
  out.fill(0x20, LENGTH_BYTES + text.length, LENGTH_BYTES + padded);
  let at = LENGTH_BYTES + padded;
  for (const [, { bytes }] of ordered) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
