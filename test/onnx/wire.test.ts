/** The protobuf layer on bytes made by hand. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { many, message, one } from '../../src/onnx/schema.ts';
import { readMessage } from '../../src/onnx/wire.ts';
import { writeMessage } from '../../src/onnx/wire-writer.ts';

const Inner = message('Inner', { id: one(1, 'int32'), name: one(2, 'string') });
const Outer = message('Outer', {
  count: one(1, 'int64'),
  ratio: one(2, 'float'),
  exact: one(3, 'double'),
  inner: one(4, Inner),
  list: many(5, Inner),
  numbers: many(6, 'int64'),
  floats: many(7, 'float'),
  blob: one(8, 'bytes'),
  words: many(9, 'string'),
  small: many(10, 'int32'),
  large: many(11, 'uint64'),
  doubles: many(12, 'double'),
});

const read = (...bytes: number[]) => readMessage(Outer, Uint8Array.from(bytes));

describe('reading', () => {
  it('reads nothing as a message of absent fields', () => {
    const { count, inner, list, numbers, floats } = read();
    expect([count, inner, list, numbers.length, floats.length]).toEqual([undefined, undefined, [], 0, 0]);
  });

  it('reads back what it writes', () => {
    const draft = {
      count: -5,
      ratio: 0.5,
      exact: 0.1,
      inner: { id: -1, name: 'é\u{1f98b}' },
      list: [{ id: 1 }, {}, { name: '' }],
      numbers: [0, -1, 2n ** 63n - 1n, -(2n ** 63n), 2 ** 53],
      floats: [1, Number.NaN, Number.NEGATIVE_INFINITY],
      blob: new Uint8Array(300).fill(7),
      words: ['', 'a long word, longer than twelve bytes'],
      small: [2 ** 31 - 1, -(2 ** 31)],
      large: [2n ** 64n - 1n],
      doubles: [Math.PI],
    };
    const again = readMessage(Outer, writeMessage(Outer, draft));
    expect(again).toMatchObject({
      count: -5,
      ratio: 0.5,
      exact: 0.1,
      inner: draft.inner,
      words: draft.words,
      blob: draft.blob,
    });
    expect(again.list.map(({ id, name }) => [id, name])).toEqual([
      [1, undefined],
      [undefined, undefined],
      [undefined, ''],
    ]);
    expect([...again.numbers]).toEqual([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n]);
    expect([...again.floats]).toEqual(draft.floats);
    expect([[...again.small], [...again.large], [...again.doubles]]).toEqual([draft.small, draft.large, draft.doubles]);
  });

  it('reads lists packed, unpacked and mixed', () => {
    expect([...read(0x30, 1, 0x32, 3, 2, 0x80, 1, 0x30, 3).numbers]).toEqual([1n, 2n, 128n, 3n]);
    expect([...read(0x3a, 8, 0, 0, 128, 63, 0, 0, 0, 64, 0x3d, 0, 0, 64, 64).floats]).toEqual([1, 2, 3]);
  });

  it('reads at any address, and takes the last of a repeated scalar', () => {
    const bytes = Uint8Array.of(9, 9, 9, 0x3a, 4, 0, 0, 128, 63, 0x08, 1, 0x08, 2).subarray(3);
    const { floats, count } = readMessage(Outer, bytes);
    expect([...floats, count]).toEqual([1, 2]);
  });

  it('skips fields it does not know, of every wire type', () => {
    const unknown = [0xa0, 1, 0xff, 1, 0xa1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 1, 2, 9, 9, 0xa5, 1, 1, 2, 3, 4];
    expect(read(...unknown, 0x08, 42).count).toBe(42);
  });
});

describe('broken bytes', () => {
  for (const [about, bytes, want] of [
    ['a tag that does not end', [0x80], 'byte 0: Outer: want a varint of at most 10 bytes, got the end of its message'],
    [
      'a varint that does not end',
      [0x08, 0xff],
      'byte 1: Outer.count: want a varint of at most 10 bytes, got the end of its message',
    ],
    [
      'a varint of 11 bytes',
      [0x08, ...new Array(10).fill(0xff), 1],
      'byte 1: Outer.count: want a varint of at most 10 bytes, got a longer one',
    ],
    ['a length past the end', [0x42, 5, 1, 2], 'byte 1: Outer.blob: want at most 2 bytes, got 5'],
    [
      'an enormous length',
      [0x42, ...new Array(9).fill(0xff), 1],
      'byte 1: Outer.blob: want at most 0 bytes, got 18446744073709552000',
    ],
    [
      'a length past the end of its message',
      [0x22, 2, 0x12, 3, 65, 66, 67],
      'byte 3: Inner.name: want at most 0 bytes, got 3',
    ],
    ['a float that is cut off', [0x15, 0, 0], 'byte 1: Outer.ratio: want 4 bytes, got 2'],
    ['a double that is cut off', [0x19, 0], 'byte 1: Outer.exact: want 8 bytes, got 1'],
    [
      'packed floats that are cut off',
      [0x3a, 5, 0, 0, 0, 0, 0],
      'byte 2: Outer.floats: want a multiple of 4 bytes, got 5',
    ],
    [
      'a packed varint that is cut off',
      [0x32, 1, 0x80, 0],
      'byte 2: Outer.numbers: want a varint of at most 10 bytes, got the end of its message',
    ],
    ['another wire type', [0x0d, 0, 0, 0, 0], 'byte 0: Outer.count: want wire type 0, got 5'],
    ['a group', [0xa3, 1], 'byte 2: Outer, field 20: want wire type 0, 1, 2 or 5, got 3'],
    ['field 0', [0x00, 0], 'byte 0: Outer: want a field number in [1, 2^29), got 0'],
    ['an unknown field that is cut off', [0xa1, 1, 0], 'byte 2: Outer, field 20: want 8 bytes, got 1'],
    ['a message given twice', [0x22, 0, 0x22, 0], 'byte 2: Outer.inner: want one, got another'],
    ['other bytes than UTF-8', [0x22, 3, 0x12, 1, 0xff], 'byte 4: Inner.name: want UTF-8, got other bytes'],
  ] as const)
    it(about, () => {
      expect(() => read(...bytes)).toThrow(ModelError);
      expect(() => read(...bytes)).toThrow(want);
    });
});
