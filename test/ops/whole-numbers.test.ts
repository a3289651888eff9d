/** What whole numbers do at their edges: they wrap around, are cut towards zero, or are refused. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { UsageError } from '../../src/core/errors.ts';
import { numbersOf } from './run.ts';

type Row = readonly [op: string, dtype: DType, a: readonly number[], b: readonly number[], want: readonly number[]];

const rows: readonly Row[] = [
  ['add', 'int8', [127, -128, 1], [1, -1, 2], [-128, 127, 3]],
  ['add', 'uint8', [255, 200], [1, 100], [0, 44]],
  ['add', 'uint32', [2 ** 32 - 1], [2], [1]],
  ['sub', 'uint16', [0, 5], [1, 3], [65535, 2]],
  ['mul', 'int32', [2 ** 31 - 1, 65537], [2 ** 31 - 1, 65537], [1, 131073]],
  ['mul', 'uint32', [2 ** 32 - 1], [2 ** 32 - 1], [1]],
  ['mul', 'int64', [2 ** 32, 2 ** 40], [2 ** 32, 2 ** 23], [0, -(2 ** 63)]],
  ['div', 'int32', [7, -7, 7], [2, 2, -2], [3, -3, -3]],
  ['div', 'int8', [-128], [-1], [-128]],
  ['pow', 'int32', [2, 3, -1, 2], [31, 40, 3, -1], [-(2 ** 31), 689956897, -1, 0]],
  ['pow', 'uint8', [3], [6], [217]],
  ['mod', 'int32', [-7, 7, -7, 6], [3, -3, -3, 3], [2, -2, -1, 0]],
  ['bitwiseAnd', 'int32', [-1, 6], [5, 3], [5, 2]],
  ['bitwiseXor', 'uint32', [2 ** 32 - 1], [1], [2 ** 32 - 2]],
  ['bitwiseOr', 'int64', [2 ** 40], [1], [2 ** 40 + 1]],
];

const operand = (dtype: DType, data: readonly number[]) => ({ dtype, shape: [data.length], data });

describe('whole numbers', () => {
  it.each(rows)('%s of %s', (op, dtype, a, b, want) => {
    if (want.every(Number.isSafeInteger)) expect(numbersOf(op, [operand(dtype, a), operand(dtype, b)])).toEqual(want);
    else expect(() => numbersOf(op, [operand(dtype, a), operand(dtype, b)])).toThrow('does not fit a double exactly');
  });

  it('are cut after a power of floats, not before', () => {
    expect(numbersOf('pow', [operand('int32', [4, 10]), operand('float32', [0.5, 0.5])])).toEqual([2, 3]);
  });

  it('lose what is shifted out', () => {
    const shifted = (dtype: DType, a: number[], b: number[], direction: string) =>
      numbersOf('bitShift', [operand(dtype, a), operand(dtype, b)], { direction });
    expect(shifted('uint8', [129, 1, 3], [1, 8, 70], 'left')).toEqual([2, 0, 0]);
    expect(shifted('uint32', [2 ** 32 - 1, 5], [31, 2], 'right')).toEqual([1, 1]);
    expect(shifted('uint64', [2 ** 52], [12], 'left')).toEqual([0]);
  });

  it('are turned over bit by bit', () => {
    expect(numbersOf('bitwiseNot', [operand('int8', [0, -128])])).toEqual([-1, 127]);
    expect(numbersOf('bitwiseNot', [operand('uint16', [0, 1])])).toEqual([65535, 65534]);
  });

  it('negate and lose the sign as two’s complement has it', () => {
    expect(numbersOf('neg', [operand('int8', [-128, 5])])).toEqual([-128, -5]);
    expect(numbersOf('abs', [operand('int16', [-32768, -5])])).toEqual([-32768, 5]);
  });

  it.each(['div', 'mod'])('%s by zero is an error', (op) => {
    expect(() => numbersOf(op, [operand('int32', [1]), operand('int32', [0])])).toThrow(UsageError);
  });

  it.each([
    ['uint8', [300, -1, 2.9, Number.NaN], [255, 0, 2, 0]],
    ['int16', [1e6, -1e6, -2.9], [32767, -32768, -2]],
    ['uint32', [-5, 2 ** 40], [0, 2 ** 32 - 1]],
  ] as const)('floats saturate in %s', (to, data, want) => {
    expect(numbersOf('cast', [operand('float32', data)], { to })).toEqual(want);
  });

  it('round to half precision to the nearest, even between two', () => {
    const data = [65504, 65519, 65520, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25];
    const want = [65504, 65504, Number.POSITIVE_INFINITY, 1, 1 + 2 ** -9, 0, 2 ** -23];
    expect(numbersOf('cast', [operand('float32', data)], { to: 'float16' })).toEqual(want);
  });
});
