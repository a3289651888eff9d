/**
 * Protobuf messages from bytes, by the tables of messages.ts. `pbf` decodes but checks no bound: past the end it returns
 * zeros, NaN or short views. So every tag, varint, length and fixed-width number is checked here before it is read.
 */
import { PbfReader } from 'pbf';
import { ModelError } from '../core/errors.ts';
import type { AnyMessage, Field, Fields, Message, MessageOf, Scalar } from './schema.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

const wireTypes: Readonly<Record<Scalar, number>> = {
  int32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  float: FIXED32,
  double: FIXED64,
  string: BYTES,
  bytes: BYTES,
};

type NumberArray = Int32Array | BigInt64Array | BigUint64Array | Float32Array | Float64Array;

/** How lists of numbers are kept. */
const arrays = {
  int32: Int32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float: Float32Array,
  double: Float64Array,
} as const;

type Numeric = keyof typeof arrays;

/** A list of numbers that doubles its room when it is full. */
interface Growing {
  array: NumberArray;
  length: number;
}

interface Reading {
  readonly reader: PbfReader;
  readonly text: TextDecoder;
}

function fail(at: number, what: string, want: string, got: string): never {
  throw new ModelError(`byte ${at}: ${what}: want ${want}, got ${got}`);
}

/**
 * Decodes `bytes` as one message. Unknown fields are skipped, as protobuf demands. Byte fields are views into `bytes`.
 * Throws ModelError with the byte position and the field that was being read.
 */
export function readMessage<F extends Fields>(schema: Message<F>, bytes: Uint8Array): MessageOf<F> {
  const reading: Reading = {
    reader: new PbfReader(bytes),
    text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  };
  return readFields(reading, schema, bytes.length) as MessageOf<F>;
}

interface Layout {
  readonly byNumber: ReadonlyMap<number, readonly [key: string, field: Field]>;
  readonly empty: Readonly<Record<string, unknown>>;
}

const layouts = new WeakMap<AnyMessage, Layout>();

function layoutOf(schema: AnyMessage): Layout {
  let layout = layouts.get(schema);
  if (!layout) {
    const entries = Object.entries(schema.fields);
    layout = {
      byNumber: new Map(entries.map((entry) => [entry[1].number, entry])),
      empty: Object.fromEntries(entries.map(([key, field]) => [key, field.repeated ? emptyList(field) : undefined])),
    };
    layouts.set(schema, layout);
  }
  return layout;
}

function emptyList({ type }: Field): unknown {
  return isNumeric(type) ? new arrays[type](0) : [];
}

function isNumeric(type: Field['type']): type is Numeric {
  return typeof type === 'string' && Object.hasOwn(arrays, type);
}

function readFields(reading: Reading, schema: AnyMessage, end: number): Record<string, unknown> {
  const { reader } = reading;
  const { byNumber, empty } = layoutOf(schema);
  const out: Record<string, unknown> = { ...empty };
  const lists = new Map<string, unknown[]>();
  const growing = new Map<string, Growing>();
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = readVarint(reader, end, schema.name);
    const wire = tag % 8;
    const number = (tag - wire) / 8;
    if (number === 0 || number >= 2 ** 29) fail(at, schema.name, 'a field number in [1, 2^29)', `${number}`);
    const entry = byNumber.get(number);
    if (!entry) {
      skip(reader, wire, end, `${schema.name}, field ${number}`);
      continue;
    }
    const [key, field] = entry;
    const what = `${schema.name}.${key}`;
    const { type } = field;
    if (field.repeated && isNumeric(type)) {
      const list = growing.get(key) ?? { array: new arrays[type](1), length: 0 };
      growing.set(key, list);
      if (wire === BYTES) readPacked(reader, type, list, end, what);
      else {
        expectWire(at, wire, wireTypes[type], what);
        append(list, readNumber(reader, type, end, what));
      }
      continue;
    }
    expectWire(at, wire, typeof type === 'string' ? wireTypes[type] : BYTES, what);
    // protobuf would merge two of a message that comes once; no writer makes them, so they are refused.
    if (!field.repeated && typeof type !== 'string' && out[key] !== undefined) fail(at, what, 'one', 'another');
    const value = readValue(reading, type, end, what);
    if (field.repeated) {
      const list = lists.get(key);
      if (list) list.push(value);
      else lists.set(key, [value]);
    } else out[key] = value;
  }
  for (const [key, list] of lists) out[key] = list;
  for (const [key, { array, length }] of growing) out[key] = array.subarray(0, length);
  return out;
}

function expectWire(at: number, got: number, want: number, what: string): void {
  if (got !== want) fail(at, what, `wire type ${want}`, `${got}`);
}

function readValue(reading: Reading, type: Field['type'], end: number, what: string): unknown {
  const { reader, text } = reading;
  if (isNumeric(type)) return Number(readNumber(reader, type, end, what));
  const stop = readLength(reader, end, what);
  if (typeof type !== 'string') return readFields(reading, type, stop);
  const at = reader.pos;
  const bytes = reader.buf.subarray(at, stop);
  reader.pos = stop;
  if (type === 'bytes') return bytes;
  try {
    return text.decode(bytes);
  } catch {
    return fail(at, what, 'UTF-8', 'other bytes');
  }
}

/** Reads the length of a delimited field; returns where it ends. */
function readLength(reader: PbfReader, end: number, what: string): number {
  const at = reader.pos;
  const length = readVarint(reader, end, what);
  if (length > end - reader.pos) fail(at, what, `at most ${end - reader.pos} bytes`, `${length}`);
  return reader.pos + length;
}

/** How many bytes the varint at the current position has, all of them before `end`. */
function varintBytes(reader: PbfReader, end: number, what: string): number {
  const { buf, pos } = reader;
  const limit = Math.min(end, pos + MAX_VARINT_BYTES);
  for (let at = pos; at < limit; at++) if (buf[at] < 0x80) return at + 1 - pos;
  return fail(
    pos,
    what,
    `a varint of at most ${MAX_VARINT_BYTES} bytes`,
    limit === end ? 'the end of its message' : 'a longer one',
  );
}

function readVarint(reader: PbfReader, end: number, what: string): number {
  varintBytes(reader, end, what);
  return reader.readVarint();
}

/** A varint as 64 exact bits. */
function readBits(reader: PbfReader, end: number, what: string): bigint {
  const count = varintBytes(reader, end, what);
  if (count <= 7) return BigInt(reader.readVarint()); // 49 bits fit a double
  let bits = 0n;
  for (let i = 0; i < count; i++) bits |= BigInt(reader.buf[reader.pos++] & 0x7f) << BigInt(7 * i);
  return BigInt.asUintN(64, bits);
}

function readNumber(reader: PbfReader, type: Numeric, end: number, what: string): number | bigint {
  switch (type) {
    case 'float':
    case 'double': {
      const width = type === 'float' ? 4 : 8;
      if (width > end - reader.pos) fail(reader.pos, what, `${width} bytes`, `${end - reader.pos}`);
      return type === 'float' ? reader.readFloat() : reader.readDouble();
    }
    case 'int32':
      return Number(BigInt.asIntN(32, readBits(reader, end, what)));
    case 'int64':
      return BigInt.asIntN(64, readBits(reader, end, what));
    case 'uint64':
      return readBits(reader, end, what);
  }
}

function readPacked(reader: PbfReader, type: Numeric, list: Growing, end: number, what: string): void {
  const stop = readLength(reader, end, what);
  const width = type === 'float' ? 4 : type === 'double' ? 8 : 0;
  if (width === 0) {
    let count = 0;
    for (let at = reader.pos; at < stop; at++) if (reader.buf[at] < 0x80) count++;
    reserve(list, count);
    while (reader.pos < stop) append(list, readNumber(reader, type, stop, what));
    return;
  }
  const bytes = stop - reader.pos;
  if (bytes % width !== 0) fail(reader.pos, what, `a multiple of ${width} bytes`, `${bytes}`);
  reserve(list, bytes / width);
  // The file may lie at any address: the numbers are copied as bytes, both ends being little-endian.
  new Uint8Array(list.array.buffer).set(reader.buf.subarray(reader.pos, stop), list.length * width);
  list.length += bytes / width;
  reader.pos = stop;
}

function reserve(list: Growing, extra: number): void {
  const { array, length } = list;
  if (length + extra <= array.length) return;
  const bigger = new (array.constructor as new (length: number) => NumberArray)(
    Math.max(length + extra, 2 * array.length),
  );
  new Uint8Array(bigger.buffer).set(new Uint8Array(array.buffer, 0, length * array.BYTES_PER_ELEMENT));
  list.array = bigger;
}

function append(list: Growing, value: number | bigint): void {
  reserve(list, 1);
  (list.array as { [index: number]: number | bigint })[list.length++] = value;
}

function skip(reader: PbfReader, wire: number, end: number, what: string): void {
  if (wire === VARINT) reader.pos += varintBytes(reader, end, what);
  else if (wire === BYTES) reader.pos = readLength(reader, end, what);
  else if (wire === FIXED32 || wire === FIXED64) {
    const width = wire === FIXED32 ? 4 : 8;
    if (width > end - reader.pos) fail(reader.pos, what, `${width} bytes`, `${end - reader.pos}`);
    reader.pos += width;
  } else fail(reader.pos, what, 'wire type 0, 1, 2 or 5', `${wire}`);
}
