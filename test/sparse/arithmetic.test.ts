/** Arithmetic on the host against dense loops, for every pair of layouts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SparseTensor, Tensor } from '../../src/sparse/index.ts';
import { allLayouts, anyMatrix, nameOf, plain, scattered, tensorOf, triplets } from './matrices.ts';

const shape = [9, 14] as const;
const [left, right] = [triplets(1, shape, 0.3), triplets(2, shape, 0.3)];
const [a, b] = [scattered(shape, left), scattered(shape, right)];
/** The layout of a result that has not the pattern of its operand. */
const loose = (layout: string) => (layout === 'nm' ? 'csr' : layout);

describe.each(allLayouts.map((layout) => [nameOf(layout), layout] as const))('%s', (_, layout) => {
  const made = tensorOf(shape, left, layout);

  it.each(allLayouts.map((other) => [nameOf(other), other] as const))('plus and times %s', (_, otherLayout) => {
    const other = tensorOf(shape, right, otherLayout);
    const sum = made.add(other);
    expect(sum.layout).toBe(loose(made.layout));
    expect(plain(sum.toDense().data)).toEqual(plain(a.map((value, i) => value + b[i])));
    const difference = made.add(other, -2);
    expect(plain(difference.toDense().data)).toEqual(plain(a.map((value, i) => value - 2 * b[i])));
    const product = made.multiply(other);
    expect(product.layout).toBe(loose(made.layout));
    expect(plain(product.toDense().data)).toEqual(plain(a.map((value, i) => value * b[i])));
    for (const result of [sum, product]) expect(SparseTensor.fromArrays(result.arrays()).equals(result)).toBe(true);
  });

  it('times dense keeps its pattern', () => {
    const dense = new Tensor(
      'float32',
      Float32Array.from(b, (value) => value + 1),
      shape,
    );
    const product = made.multiply(dense);
    expect(product.layout).toBe(made.layout);
    expect(product.stored).toBe(made.stored);
    expect(plain(product.toDense().data)).toEqual(plain(a.map((value, i) => value * dense.data[i])));
  });

  it('scaled keeps its pattern, and zeros outside the matrix', () => {
    for (const factor of [-3, 0, Number.POSITIVE_INFINITY, Number.NaN]) {
      const scaled = made.scale(factor);
      expect(scaled.layout).toBe(made.layout);
      const want = [...made.entries()].map(([row, column, value]) => [row, column, Math.fround(value * factor)]);
      expect([...scaled.entries()]).toEqual(want);
      expect(SparseTensor.fromArrays(scaled.arrays()).equals(scaled)).toBe(true);
    }
  });

  it('takes other values', () => {
    const { values } = made.arrays();
    const other = made.withValues(values.map((value) => 2 * value));
    expect(other.equals(made.scale(2))).toBe(true);
    expect(() => made.withValues(values.slice(1))).toThrow(`want ${values.length} numbers, got ${values.length - 1}`);
  });

  it('sums rows and columns', () => {
    const rows = Array.from({ length: 9 }, (_, row) => a.slice(row * 14, row * 14 + 14).reduce((x, y) => x + y, 0));
    const columns = Array.from({ length: 14 }, (_, column) =>
      rows.reduce((sum, _, row) => sum + a[row * 14 + column], 0),
    );
    expect(plain(made.rowSums())).toEqual(plain(rows));
    expect(plain(made.columnSums())).toEqual(plain(columns));
  });

  it('is sliced', () => {
    const ranges: (readonly [number, number])[][] = [
      [
        [0, 9],
        [0, 14],
      ],
      [
        [2, 7],
        [3, 4],
      ],
      [
        [1, 1],
        [5, 9],
      ],
      [
        [8, 9],
        [13, 14],
      ],
    ];
    for (const [rows, columns] of ranges) {
      const part = made.slice({ rows, columns });
      expect(part.layout).toBe(loose(made.layout));
      expect(part.shape).toEqual([rows[1] - rows[0], columns[1] - columns[0]]);
      const want: number[] = [];
      for (let row = rows[0]; row < rows[1]; row++)
        for (let column = columns[0]; column < columns[1]; column++) want.push(a[row * 14 + column]);
      expect(plain(part.toDense().data)).toEqual(plain(want));
    }
    expect(made.slice({}).equals(made)).toBe(true);
    expect(made.slice({ rows: [3, 5] }).shape).toEqual([2, 14]);
  });

  it('drops zeros', () => {
    const dropped = made.dropZeros();
    expect(dropped.equals(made)).toBe(true);
    if (made.layout !== 'bsr') expect(dropped.stored).toBe(left.filter(([, , value]) => value !== 0).length);
  });
});

describe('equality', () => {
  it('looks at numbers, not at layouts or stored zeros', () => {
    const property = fc.property(anyMatrix, ({ shape: size, entries }) => {
      const made = tensorOf(size, entries);
      for (const layout of allLayouts) expect(made.equals(tensorOf(size, entries, layout))).toBe(true);
      expect(made.equals(made.dropZeros())).toBe(true);
      const finite = entries.findIndex(([, , value]) => Number.isFinite(value));
      if (finite < 0) return;
      const other = tensorOf(
        size,
        entries.map(([r, c, value], i) => [r, c, i === finite ? value + 1 : value] as const),
      );
      expect(made.equals(other)).toBe(false);
      expect(made.equals(other, 1)).toBe(true);
    });
    fc.assert(property, { numRuns: 60, seed: 7 });
  });

  it('tells infinities, NaN and shapes apart', () => {
    const one = (value: number) => SparseTensor.fromDense([[value, 1]]);
    expect(one(Number.POSITIVE_INFINITY).equals(one(Number.POSITIVE_INFINITY))).toBe(true);
    expect(one(Number.POSITIVE_INFINITY).equals(one(1), 1e9)).toBe(false);
    expect(one(Number.NaN).equals(one(Number.NaN))).toBe(true);
    expect(one(Number.NaN).equals(one(0), 1e9)).toBe(false);
    expect(one(1).equals(SparseTensor.fromDense([[1], [1]]))).toBe(false);
  });
});
