import { readFileSync } from 'node:fs';
import { dump } from 'npyjs';
import { describe, expect, it } from 'vitest';
import { parseNpy, tensorOf, writeNpy } from '../../src/cli/npy.ts';
import { fileNames } from '../../src/cli/run.ts';
import { UsageError } from '../../src/core/errors.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';
import { folder } from './lacewing.ts';

const tensors: readonly AnyTensor[] = [
  new Tensor('float32', [1.5, -2, Number.NaN, Number.POSITIVE_INFINITY, 0, -0], [2, 3]),
  new Tensor('float64', Float64Array.of(Math.PI), []),
  new Tensor('int32', [1, -2, 3], [3]),
  new Tensor('int64', BigInt64Array.of(2n ** 60n, -1n), [1, 2]),
  new Tensor('uint8', [0, 255], [2]),
  new Tensor('int8', [-128, 127], [2]),
  new Tensor('bool', [1, 0, 1], [3]),
  new Tensor('float32', [], [0, 4]),
];

describe('.npy files', () => {
  it.each(tensors.map((tensor) => [tensor.type, tensor] as const))('keep %s', async (type, tensor) => {
    const at = folder();
    await writeNpy(at.file('a.npy'), tensor);
    expect(tensorOf(parseNpy(readFileSync(at.file('a.npy')), 'a.npy'), type, 'a')).toEqual(tensor);
  });

  it('turn column-major numbers around', () => {
    const bytes = Buffer.from(dump(Float32Array.of(1, 4, 2, 5, 3, 6), [2, 3]));
    const text = bytes.toString('latin1').replace("'fortran_order':False", "'fortran_order':True ");
    expect(parseNpy(Buffer.from(text, 'latin1'), 'a')).toMatchObject({ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] });
  });

  it('become the type that a model wants, if they can', () => {
    const numbers = (data: Float64Array | Uint8Array | Int32Array) =>
      parseNpy(new Uint8Array(dump(data, [data.length])), 'a');
    expect(tensorOf(numbers(Float64Array.of(0.5)), 'float32', 'x').data).toEqual(Float32Array.of(0.5));
    expect(tensorOf(numbers(Uint8Array.of(7)), 'int64', 'x').data).toEqual(BigInt64Array.of(7n));
    expect(tensorOf(numbers(Uint8Array.of(7)), 'float32', 'x').data).toEqual(Float32Array.of(7));
    expect(() => tensorOf(numbers(Float64Array.of(1)), 'int32', 'x')).toThrow('x: want int32, got numbers of type f8');
    expect(() => tensorOf(numbers(Int32Array.of(1, 300)), 'uint8', 'x')).toThrow('x: want uint8, got 300 at element 1');
    expect(() => tensorOf(numbers(Uint8Array.of(2)), 'bool', 'x')).toThrow('x: want bool, got 2 at element 0');
  });

  it('are refused when broken, at whatever byte', () => {
    const whole = new Uint8Array(dump(Float32Array.of(1, 2, 3), [3]));
    for (let length = 0; length < whole.length; length++)
      expect(() => parseNpy(whole.subarray(0, length), 'a.npy')).toThrow(UsageError);
    expect(() => parseNpy(Uint8Array.from([...whole, 0, 0, 0, 0]), 'a.npy')).toThrow('4 elements for shape [3]');
    expect(() => parseNpy(new Uint8Array(dump(['a', 'b'], [2])), 'a.npy')).toThrow('elements of type U1');
  });
});

it('outputs get file names that differ and hide nothing', () => {
  const names = ['a/b', 'a_b', 'A_b', '../x', '', '.hidden', 'ok-1.2'];
  const files = [...fileNames(names).values()];
  expect(files).toEqual(['a_b.npy', 'a_b.1.npy', 'A_b.2.npy', '__x.npy', '_.npy', '_hidden.npy', 'ok-1.2.npy']);
});
