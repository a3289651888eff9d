import { describe, expect, it } from 'vitest';
import { ModelError, UsageError } from '../../src/core/errors.ts';
import { readSafetensors, type SafeTensor, writeSafetensors } from '../../src/file/index.ts';

const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

/** A file of this header text, padded, and these data. */
function file(header: string, data: readonly number[] = [], length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}

describe('safetensors', () => {
  it('writes the bytes that the format asks for', () => {
    const tensors = new Map<string, SafeTensor>([
      ['b', { dtype: 'U8', shape: [3], bytes: bytesOf(1, 2, 3) }],
      ['a', { dtype: 'F32', shape: [], bytes: bytesOf(0, 0, 128, 63) }],
    ]);
    const header =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}';
    const bytes = writeSafetensors(tensors, { k: 'v' });
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(bytes).toEqual(file(padded, [0, 0, 128, 63, 1, 2, 3]));
    expect(readSafetensors(bytes)).toEqual({ tensors: new Map([...tensors].reverse()), metadata: { k: 'v' } });
  });

  it('keeps names of every kind, and their order', () => {
    const names = ['10', '2', '', '__proto__', 'é "\\\n', '\ud800', 'x'];
    const tensors = new Map(
      names.map((name, i): [string, SafeTensor] => [name, { dtype: 'I8', shape: [1], bytes: bytesOf(i) }]),
    );
    const read = readSafetensors(writeSafetensors(tensors));
    expect([...read.tensors]).toEqual([...tensors]);
    expect(writeSafetensors(read.tensors)).toEqual(writeSafetensors(tensors));
  });

  it('reads a file of no tensors, and tensors of no elements', () => {
    expect(readSafetensors(file('{}'))).toEqual({ tensors: new Map(), metadata: {} });
    const tensors = new Map<string, SafeTensor>([
      ['none', { dtype: 'I64', shape: [0, 5], bytes: bytesOf() }],
      ['one', { dtype: 'BOOL', shape: [1], bytes: bytesOf(1) }],
    ]);
    expect(readSafetensors(writeSafetensors(tensors)).tensors).toEqual(tensors);
  });

  it('does not write what cannot be read', () => {
    const wrong = new Map<string, SafeTensor>([['a', { dtype: 'F32', shape: [2], bytes: bytesOf(1, 2, 3, 4) }]]);
    expect(() => writeSafetensors(wrong)).toThrow('tensor "a": want 8 bytes for F32 [2], got 4');
    expect(() => writeSafetensors(new Map([['__metadata__', { dtype: 'U8', shape: [0], bytes: bytesOf() }]]))).toThrow(
      UsageError,
    );
  });

  const tensor = (begin: number, end: number, shape = '[1]', dtype = 'U8') =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
  for (const [about, bytes, message] of [
    ['no bytes', bytesOf(), 'byte 0: header length: want 8 bytes, got 0'],
    ['a length past the end', file('{}', [], 3), 'byte 0: header length: want at most 2 bytes, got 3'],
    ['a length of 2^63', bytesOf(0, 0, 0, 0, 0, 0, 0, 128, 123, 125), 'want at most 2 bytes, got 9223372036854775808'],
    ['no JSON', file('{"a"'), 'byte 8: header: want JSON in UTF-8'],
    ['no UTF-8', bytesOf(1, 0, 0, 0, 0, 0, 0, 0, 0xff), 'byte 8: header: want JSON in UTF-8'],
    ['a list', file('[]'), 'byte 8: header: want a JSON object, got []'],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), 'metadata: want an object of strings'],
    ['no object', file('{"a":1}'), 'tensor "a": want an object, got 1'],
    ['an unknown type', file(`{"a":${tensor(0, 1, '[1]', 'F8')}}`, [1]), 'tensor "a": want a dtype among F64'],
    ['a type named like a method', file(`{"a":${tensor(0, 1, '[1]', 'toString')}}`, [1]), 'want a dtype among F64'],
    ['a negative extent', file(`{"a":${tensor(0, 1, '[-1]')}}`, [1]), 'want a shape of whole numbers, got [-1]'],
    ['offsets that go back', file(`{"a":${tensor(1, 0)}}`, [1]), 'want data_offsets [begin, end], got [1, 0]'],
    ['another field', file('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}}', [1]), 'alone, got x'],
    ['a hole', file(`{"a":${tensor(1, 2)}}`, [1, 2]), 'tensor "a": want data that begin at offset 0, got 1'],
    [
      'an overlap',
      file(`{"a":${tensor(0, 2, '[2]')},"b":${tensor(1, 2)}}`, [1, 2]),
      'want data that begin at offset 2, got 1',
    ],
    ['data past the end', file(`{"a":${tensor(0, 2, '[2]')}}`, [1]), 'want data that end by offset 1, got 2'],
    ['a shape that does not fit', file(`{"a":${tensor(0, 1, '[2]')}}`, [1]), 'want 2 bytes for U8 [2], got 1'],
    [
      'a shape past every number',
      file(
        `{"a":${tensor(0, 0, '[9007199254740991,9007199254740991,0,5]', 'I64')},"b":${tensor(0, 1, '[9007199254740991,3]')}}`,
        [1],
      ),
      'got 1',
    ],
    ['bytes that belong to nothing', file('{}', [1]), 'byte 10: data: want the end of the file, got 1 more bytes'],
  ] as const)
    it(`refuses ${about}`, () => {
      expect(() => readSafetensors(bytes)).toThrow(ModelError);
      expect(() => readSafetensors(bytes)).toThrow(message);
    });
});
