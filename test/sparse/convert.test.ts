/** Layouts: every pair round-trips, arrays make the same tensor again, transposing twice changes nothing. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SparseTensor, Tensor } from '../../src/sparse/index.ts';
import { allLayouts, anyMatrix, nameOf, plain, scattered, tensorOf, triplets } from './matrices.ts';

describe.each(allLayouts.map((layout) => [nameOf(layout), layout] as const))('%s', (_, from) => {
  it('holds what it was made of, goes into every layout and back', () => {
    const property = fc.property(anyMatrix, ({ shape, entries }) => {
      const made = tensorOf(shape, entries, from);
      const want = plain(scattered(shape, entries));
      expect(made.layout).toBe(from[0]);
      expect(made.shape).toEqual(shape);
      expect(plain(made.toDense().data)).toEqual(want);
      for (const [layout, options] of allLayouts) {
        const there = made.to(layout, options);
        expect(plain(there.toDense().data)).toEqual(want);
        expect(there.equals(made) && made.equals(there)).toBe(true);
        const back = there.to(...from);
        expect(plain(back.toDense().data)).toEqual(want);
        // The same positions, but for zeros that blocks and groups fill up with.
        expect(back.dropZeros().arrays()).toEqual(made.dropZeros().arrays());
      }
    });
    fc.assert(property, { numRuns: 40, seed: 1 });
  });

  it('is made again by its arrays', () => {
    const property = fc.property(anyMatrix, ({ shape, entries }) => {
      const made = tensorOf(shape, entries, from);
      const again = SparseTensor.fromArrays(made.arrays());
      expect(again.arrays()).toEqual(made.arrays());
      expect(again.stored).toBe(made.stored);
      expect([...again.entries()]).toEqual([...made.entries()]);
      expect(made.stored).toBe([...made.entries()].length);
    });
    fc.assert(property, { numRuns: 60, seed: 2 });
  });

  it('transposes, and back', () => {
    const property = fc.property(anyMatrix, ({ shape, entries }) => {
      const made = tensorOf(shape, entries, from);
      const turned = made.transpose();
      const mirrored = entries.map(([row, column, value]) => [column, row, value] as const);
      expect(turned.shape).toEqual([shape[1], shape[0]]);
      expect(plain(turned.toDense().data)).toEqual(plain(scattered(turned.shape, mirrored)));
      const twice = turned.transpose();
      if (made.layout === 'nm') expect(twice.equals(made)).toBe(true);
      else expect(twice.arrays()).toEqual(made.arrays());
      // What came of it is sound as well.
      expect(SparseTensor.fromArrays(turned.arrays()).equals(turned)).toBe(true);
    });
    fc.assert(property, { numRuns: 60, seed: 3 });
  });
});

describe('N:M', () => {
  it('stores n of m where at most n are used', () => {
    const mask = (row: number, column: number) => (column + row) % 4 < 2;
    const made = SparseTensor.fromMask([5, 10], mask, (row, column) => row + column + 1, { layout: 'nm' });
    expect(made.arrays()).toMatchObject({ layout: 'nm', n: 2, m: 4, sharedRows: 1 });
    expect(made.stored).toBe(5 * (2 + 2 + 2));
    expect(made.to('csr').dropZeros().stored).toBe([...made.entries()].filter(([, , value]) => value !== 0).length);
  });

  it('shares positions between rows', () => {
    const made = SparseTensor.fromMask([8, 8], (row, column) => column % 4 === (row < 4 ? 1 : 2), 3, {
      ...{ layout: 'nm', n: 1, m: 4, sharedRows: 4 },
    });
    const arrays = made.arrays();
    expect(arrays.layout === 'nm' && [...arrays.positions]).toEqual([1, 1, 2, 2]);
    expect(made.sparsity).toBe(0.75);
  });
});

describe('construction', () => {
  it('adds up duplicates in the order they come, or refuses them', () => {
    const arrays = [
      [1, 0, 1, 1],
      [2, 0, 2, 0],
      [1, 5, 0.5, 7],
    ] as const;
    const made = SparseTensor.fromTriplets([2, 3], ...arrays);
    expect([...made.entries()]).toEqual([
      [0, 0, 5],
      [1, 0, 7],
      [1, 2, 1.5],
    ]);
    expect(() => SparseTensor.fromTriplets([2, 3], ...arrays, { duplicates: 'reject' })).toThrow(
      'SparseTensor.fromTriplets: want each position once, got [1, 2] again',
    );
  });

  it('takes what is not zero from dense numbers, NaN too, or what a mask says', () => {
    const rows = [
      [0, 1, Number.NaN],
      [-0, 0, -2],
    ];
    expect(SparseTensor.fromDense(rows).stored).toBe(3);
    const tensor = new Tensor('float32', rows.flat(), [2, 3]);
    expect(SparseTensor.fromDense(tensor).equals(SparseTensor.fromDense(rows))).toBe(true);
    const masked = SparseTensor.fromDense(rows, { mask: [1, 1, 0, 0, 0, 1], layout: 'csc' });
    expect([...masked.entries()]).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [1, 2, -2],
    ]);
    const diagonal = SparseTensor.fromDense(rows, { mask: (row, column) => row === column });
    expect(diagonal.stored).toBe(2);
  });

  it('makes patterns from masks and predicates', () => {
    const band = SparseTensor.fromMask([4, 4], (row, column) => Math.abs(row - column) < 2);
    expect(band.stored).toBe(10);
    expect(band.rowSums()).toEqual(Float32Array.of(2, 3, 3, 2));
    const mask = SparseTensor.fromMask([2, 2], [true, false, false, true], 5, { layout: 'coo' });
    expect([...mask.toDense().data]).toEqual([5, 0, 0, 5]);
  });

  it('copies what it is given and what it gives', () => {
    const values = Float32Array.of(1, 2);
    const made = SparseTensor.fromTriplets([2, 2], [0, 1], [0, 1], values);
    values[0] = 9;
    made.arrays().values[0] = 9;
    made.toDense().data[0] = 9;
    expect(made.get(0, 0)).toBe(1);
  });

  it('holds matrices far larger than dense ones could be', () => {
    const shape = [300_000, 400_000] as const;
    const far = SparseTensor.fromTriplets(shape, [0, 299_999, 299_999], [399_999, 0, 399_999], [1, 2, 3]);
    for (const layout of ['coo', 'csc', 'bsr'] as const) {
      const other = far.to(layout, { block: [4, 1] });
      expect(other.equals(far)).toBe(true);
      expect(other.transpose().get(399_999, 299_999)).toBe(3);
    }
    expect(far.matmul(far.transpose()).get(299_999, 299_999)).toBe(13);
    expect(() => far.toDense()).toThrow('elements');
  });
});

describe('looking at it', () => {
  const made = tensorOf(
    [3, 4],
    [
      [0, 1, 1],
      [0, 3, 0.5],
      [2, 0, -2],
    ],
  );

  it('prints as torch does', () => {
    expect(String(made)).toBe(
      [
        'SparseTensor(rowPointers=[0, 2, 2, 3],',
        '             columnIndices=[1, 3, 0],',
        '             values=[1, 0.5, -2],',
        '             shape=[3, 4], stored=3, layout=csr)',
      ].join('\n'),
    );
    expect(String(made.to('bsr', { block: [2, 2] }))).toContain('shape=[3, 4], block=[2, 2], stored=10, layout=bsr');
    const long = tensorOf([30, 30], triplets(1, [30, 30], 1));
    expect(String(long)).toMatch(/rowPointers=\[0, 30, 60, 90, \.\.\., 810, 840, 870, 900\]/);
  });

  it('tells its sizes', () => {
    expect(made.sparsity).toBe(0.75);
    expect(made.bytes).toBe(4 * 4 + 3 * 8);
    expect(made.to('coo').bytes).toBe(36);
    expect(tensorOf([0, 4], []).sparsity).toBe(0);
  });

  it.each(allLayouts.map((layout) => [nameOf(layout), layout] as const))('finds single numbers: %s', (_, layout) => {
    const other = made.to(...layout);
    const all = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => other.get(row, column)));
    expect(all).toEqual([
      [0, 1, 0, 0.5],
      [0, 0, 0, 0],
      [-2, 0, 0, 0],
    ]);
  });
});
