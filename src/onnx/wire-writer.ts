/** Protobuf messages to bytes, by the tables of messages.ts. Fields are written in the order of the table. */
import { PbfWriter } from 'pbf';
import type { AnyMessage, DraftOf, Field, Fields, Message } from './schema.ts';

const BYTES = 2;

/**
 * Encodes a message. Absent fields and empty lists take no bytes. Lists of numbers are not packed: onnx.proto packs only
 * the typed data of tensors, and our tensors go out as raw bytes.
 */
export function writeMessage<F extends Fields>(schema: Message<F>, draft: DraftOf<F>): Uint8Array {
  const writer = new PbfWriter();
  writeFields(schema, draft, writer);
  return writer.finish().slice();
}

function writeFields(schema: AnyMessage, draft: Readonly<Record<string, unknown>>, writer: PbfWriter): void {
  for (const [key, field] of Object.entries(schema.fields)) {
    const value = draft[key];
    if (value === undefined) continue;
    if (field.repeated) writeList(field, value as ArrayLike<unknown>, writer);
    else writeOne(field, value, writer);
  }
}

function writeList(field: Field, list: ArrayLike<unknown>, writer: PbfWriter): void {
  for (let i = 0; i < list.length; i++) writeOne(field, list[i], writer);
}

function writeOne({ number, type }: Field, value: unknown, writer: PbfWriter): void {
  if (typeof type !== 'string') {
    const body = value as Readonly<Record<string, unknown>>;
    writer.writeMessage(
      number,
      (inner: Readonly<Record<string, unknown>>, to: PbfWriter) => writeFields(type, inner, to),
      body,
    );
    return;
  }
  switch (type) {
    case 'int32':
    case 'int64':
    case 'uint64':
      writer.writeTag(number, 0);
      writeInteger(value as number | bigint, writer);
      break;
    case 'float':
      writer.writeFloatField(number, value as number);
      break;
    case 'double':
      writer.writeDoubleField(number, value as number);
      break;
    case 'string':
      // Not pbf's writeString: that one encodes lone surrogates in a way of its own.
      writeBytes(number, new TextEncoder().encode(value as string), writer);
      break;
    case 'bytes':
      writeBytes(number, value as Uint8Array, writer);
      break;
  }
}

function writeBytes(number: number, bytes: Uint8Array, writer: PbfWriter): void {
  writer.writeTag(number, BYTES);
  writer.writeBytes(bytes);
}

/** A 64-bit varint in two's complement, seven bits a byte, lowest first. pbf itself is exact only to 2^53. */
function writeInteger(value: number | bigint, writer: PbfWriter): void {
  let bits = BigInt.asUintN(64, BigInt(value));
  writer.realloc(10);
  while (bits >= 0x80n) {
    writer.buf[writer.pos++] = Number(bits & 0x7fn) | 0x80;
    bits >>= 7n;
  }
  writer.buf[writer.pos++] = Number(bits);
}
