/** The caller's mistakes: each is a UsageError that says where, what was wanted and what came. */
import { describe, expect, it } from 'vitest';
import { matmul, type SparseArraysLike, SparseTensor, Tensor, UsageError } from '../../src/sparse/index.ts';

/** Arrays a compiler would refuse as well. */
const arrays = (given: unknown) => SparseTensor.fromArrays(given as SparseArraysLike);
const csr = { layout: 'csr', shape: [2, 3], rowPointers: [0, 2, 3], columnIndices: [0, 2, 1], values: [1, 2, 3] };
const csc = { layout: 'csc', shape: [3, 2], columnPointers: [0, 2, 3], rowIndices: [0, 2, 1], values: [1, 2, 3] };
const coo = { layout: 'coo', shape: [2, 3], rowIndices: [0, 0, 1], columnIndices: [0, 2, 1], values: [1, 2, 3] };
const bsr = {
  ...{ layout: 'bsr', shape: [3, 4], block: [2, 2], rowPointers: [0, 1, 2], columnIndices: [1, 0] },
  values: [1, 2, 3, 4, 5, 6, 0, 0],
};
const nm = {
  layout: 'nm',
  shape: [2, 5],
  n: 2,
  m: 4,
  positions: [0, 3, 0, 0, 1, 2, 0, 0],
  values: [1, 2, 3, 0, 4, 5, 6, 0],
};

it('the arrays below are sound', () => {
  for (const sound of [csr, csc, coo, bsr, nm]) expect(arrays(sound).stored).toBeGreaterThan(2);
});

const unsound: readonly (readonly [unknown, string])[] = [
  [null, 'SparseTensor.fromArrays: want an object with a layout and its arrays, got null'],
  [{ ...csr, layout: 'dia' }, 'layout: want a layout among coo, csr, csc, bsr, nm, got "dia"'],
  [{ ...csr, shape: [2] }, 'shape: want a shape of two extents from 0 to 2147483647, got [2]'],
  [{ ...csr, shape: [2, -3] }, 'got [2, -3]'],
  [{ ...csr, shape: [2, 2.5] }, 'got [2, 2.5]'],
  [{ ...csr, shape: undefined }, 'got undefined'],
  [{ ...csr, rowPointers: [0, 2] }, 'csr rowPointers: want 3 numbers, got 2'],
  [{ ...csr, rowPointers: [1, 2, 3] }, 'csr rowPointers[0]: want 0, got 1'],
  [{ ...csr, rowPointers: [0, 4, 3] }, 'csr rowPointers[1]: want a whole number in [0, 3], got 4'],
  [{ ...csr, rowPointers: [0, 2, 2] }, 'csr rowPointers[2]: want 3, got 2'],
  [{ ...csr, rowPointers: [0, -1, 3] }, 'csr rowPointers[1]: want a whole number in [0, 3], got -1'],
  [{ ...csr, rowPointers: [0, 2, 3, 3] }, 'csr rowPointers: want 3 numbers, got 4'],
  [{ ...csr, rowPointers: 'abc' }, 'csr rowPointers: want an array of numbers, got "abc"'],
  [{ ...csr, columnIndices: [0, 3, 1] }, 'csr columnIndices[1]: want a whole number in [0, 3), got 3'],
  [{ ...csr, columnIndices: [2, 0, 1] }, 'csr columnIndices[1]: want more than 2, the index before it in row 0, got 0'],
  [{ ...csr, columnIndices: [2, 2, 1] }, 'csr columnIndices[1]: want more than 2, the index before it in row 0, got 2'],
  [{ ...csr, columnIndices: [0, 1.5, 1] }, 'csr columnIndices[1]: want a whole number in [0, 3), got 1.5'],
  [{ ...csr, columnIndices: BigInt64Array.of(0n, 2n, 1n) }, 'csr columnIndices[0]: want a whole number'],
  [{ ...csr, columnIndices: new DataView(new ArrayBuffer(4)) }, 'csr columnIndices: want an array of numbers'],
  [{ ...csr, values: [1, 2] }, 'csr values: want 3 numbers, got 2'],
  [{ ...csr, values: [1, '2', 3] }, 'csr values[1]: want a number, got "2"'],
  [{ ...csc, rowIndices: [0, 3, 1] }, 'csc rowIndices[1]: want a whole number in [0, 3), got 3'],
  [{ ...csc, columnPointers: [0, 2, 4] }, 'csc columnPointers[2]: want 3, got 4'],
  [{ ...csc, rowIndices: [2, 0, 1] }, 'csc rowIndices[1]: want more than 2, the index before it in column 0, got 0'],
  [
    { ...coo, rowIndices: [0, 1, 0] },
    'coo indices[2]: want a position behind [1, 2], got [0, 1]: fromTriplets takes any order',
  ],
  [{ ...coo, columnIndices: [0, 0, 1] }, 'coo indices[1]: want a position behind [0, 0], got [0, 0]'],
  [{ ...coo, columnIndices: [0, 1] }, 'coo columnIndices: want 3 numbers, got 2'],
  [{ ...bsr, block: [2] }, 'bsr block: want a block of two extents from 1, got [2]'],
  [{ ...bsr, block: [0, 2] }, 'got [0,2]'],
  [{ ...bsr, columnIndices: [2, 0] }, 'bsr columnIndices[0]: want a whole number in [0, 2), got 2'],
  [{ ...bsr, values: [1, 2, 3, 4, 5, 6, 7, 0] }, 'bsr values[6]: want 0 outside the matrix, got 7'],
  [{ ...bsr, values: [1] }, 'bsr values: want 8 numbers, got 1'],
  [
    { ...nm, n: 5 },
    'nm numbers: want whole numbers 1 <= n <= m <= 256 and sharedRows >= 1, got n 5, m 4, sharedRows 1',
  ],
  [{ ...nm, positions: [0, 3] }, 'nm positions: want 8 numbers, got 2'],
  [{ ...nm, positions: [3, 0, 0, 0, 1, 2, 0, 0] }, 'nm positions[1]: want a position in [4, 3], got 0'],
  [{ ...nm, positions: [0, 4, 0, 0, 1, 2, 0, 0] }, 'nm positions[1]: want a whole number in [0, 4), got 4'],
  [{ ...nm, positions: [0, 3, 1, 0, 1, 2, 0, 0] }, 'nm positions[2]: want a position in [0, 0], got 1'],
  [{ ...nm, values: [1, 2, 3, 9, 4, 5, 6, 0] }, 'nm values[3]: want 0 outside the matrix, got 9'],
];

it.each(unsound.map(([given, message]) => [message, given] as const))('%s', (message, given) => {
  expect(() => arrays(given)).toThrow(UsageError);
  expect(() => arrays(given)).toThrow(message);
});

describe('calls', () => {
  const made = arrays(csr);
  const dense = (rows: number, columns: number) =>
    new Tensor('float32', new Float32Array(rows * columns), [rows, columns]);
  const wrong = (value: unknown) => value as never;

  const calls: readonly (readonly [string, () => unknown, string])[] = [
    ['matmul', () => made.matmul(dense(2, 3)), 'matmul: want [m, k] x [k, n], got [2, 3] x [2, 3]'],
    ['matmul sparse', () => made.matmul(made), 'matmul: want [m, k] x [k, n], got [2, 3] x [2, 3]'],
    [
      'matmul vector',
      () => made.matmul(new Tensor('float32', [1, 2, 3])),
      'want a float32 tensor [rows, columns], got float32 [3]',
    ],
    ['matmul type', () => made.matmul(wrong(new Tensor('int32', [1, 2, 3], [3, 1]))), 'got int32 [3, 1]'],
    ['matmul array', () => made.matmul(wrong(new Float32Array(6))), 'want a float32 tensor or rows of numbers'],
    ['matmul ragged', () => made.matmul([[1, 2], [1], [1, 2]]), 'matmul: row 1: want 2 numbers, got 1'],
    ['matmul nothing', () => made.matmul(wrong(undefined)), 'got undefined'],
    [
      'matmul of dense',
      () => matmul(wrong(dense(1, 1)), wrong(dense(1, 1))),
      'matmul: want a SparseTensor among the operands',
    ],
    ['premultiply', () => made.premultiply(dense(2, 3)), 'premultiply: want [m, k] x [k, n], got [2, 3] x [2, 3]'],
    ['matvec', () => made.matvec([1, 2]), 'matvec: want 3 numbers, got 2'],
    ['matvec matrix', () => made.matvec(wrong(dense(3, 1))), 'matvec: want a float32 tensor [3], got float32 [3, 1]'],
    ['sddmm', () => made.sddmm(dense(2, 4), dense(5, 3)), 'sddmm: want [2, k] x [k, 3], got [2, 4] x [5, 3]'],
    ['add', () => made.add(made.transpose()), 'add: want [2, 3], got [3, 2]'],
    ['add dense', () => made.add(wrong(dense(2, 3))), 'add: want a SparseTensor, got object'],
    ['equals', () => made.equals(wrong(undefined)), 'equals: want a SparseTensor, got undefined'],
    ['add scale', () => made.add(made, wrong('2')), 'add: want a number, got string'],
    ['multiply', () => made.multiply(dense(3, 2)), 'multiply: want [2, 3], got [3, 2]'],
    ['scale', () => made.scale(wrong(undefined)), 'scale: want a number, got undefined'],
    [
      'slice',
      () => made.slice({ rows: [0, 3] }),
      'slice: rows: want [begin, end] with 0 <= begin <= end <= 2, got [0, 3]',
    ],
    ['slice backwards', () => made.slice({ columns: [2, 1] }), 'slice: columns'],
    ['get', () => made.get(2, 0), 'get: want a position in [2, 3], got [2, 0]'],
    ['layout', () => made.to(wrong('dense')), 'to: want a layout among coo, csr, csc, bsr, nm, got "dense"'],
    ['block', () => made.to('bsr', { block: [0, 1] }), 'to: want a block of two extents from 1, got [0,1]'],
    ['nm numbers', () => made.to('nm', { n: 3, m: 2 }), 'to: want whole numbers 1 <= n <= m <= 256'],
    [
      'nm',
      () => made.to('nm', { n: 1, m: 4 }),
      'to: 1:4 wants at most 1 stored of the 3 columns from 0 in row 0, got 2',
    ],
    [
      'nm shared',
      () => made.to('nm', { n: 2, m: 3, sharedRows: 2 }),
      'at most 2 stored of the 3 columns from 0 in row 0 and the 1 after it that share its positions, got 3',
    ],
    [
      'triplets',
      () => SparseTensor.fromTriplets([1, 1], [0], [1], [1]),
      'columnIndices[0]: want a whole number in [0, 1), got 1',
    ],
    ['triplet lengths', () => SparseTensor.fromTriplets([1, 1], [0], [0], []), 'values: want 1 numbers, got 0'],
    [
      'duplicates',
      () => SparseTensor.fromTriplets([1, 1], [], [], [], { duplicates: wrong('last') }),
      "want 'sum' or 'reject', got \"last\"",
    ],
    [
      'mask',
      () => SparseTensor.fromMask([2, 2], [1, 0]),
      'SparseTensor.fromMask: want a function or a mask of 4 numbers, got 2',
    ],
    [
      'mask value',
      () =>
        SparseTensor.fromMask(
          [1, 1],
          [1],
          wrong(() => '1'),
        ),
      'want a number as the value at [0, 0], got string',
    ],
    [
      'made layout',
      () => SparseTensor.fromDense([[1]], { layout: wrong('dense') }),
      'SparseTensor.fromDense: want a layout',
    ],
    [
      'dense',
      () => SparseTensor.fromDense(wrong('abc')),
      'SparseTensor.fromDense: want a float32 tensor or rows of numbers, got "abc"',
    ],
  ];

  it.each(calls)('%s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});
