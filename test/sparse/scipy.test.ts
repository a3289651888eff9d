/** The same matrices in scipy (values stored by scripts/scipy-fixtures.py) and here. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, readMatrixMarket, ready, SparseTensor, Tensor } from '../../src/sparse/index.ts';
import { distance } from '../kernels/harness.ts';
import { moduleOf } from '../runtime/module.ts';

interface Compressed {
  readonly pointers: readonly number[];
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

type Numbers = readonly (readonly number[])[];

interface Case {
  readonly shape: readonly [number, number];
  readonly dense: Numbers;
  readonly coo: {
    readonly rows: readonly number[];
    readonly columns: readonly number[];
    readonly values: readonly number[];
  };
  readonly csr: Compressed;
  readonly csc: Compressed;
  readonly bsr: Omit<Compressed, 'values'> & {
    readonly block: readonly [number, number];
    readonly values: readonly Numbers[];
  };
  readonly other: Compressed;
  readonly second: Compressed & { readonly shape: readonly [number, number] };
  readonly right: Numbers;
  readonly left: Numbers;
  readonly product: Numbers;
  readonly premultiplied: Numbers;
  readonly sparseProduct: Numbers;
  readonly sum: Numbers;
  readonly elementwise: Numbers;
  readonly rowSums: readonly number[];
  readonly columnSums: readonly number[];
  readonly slice: { readonly rows: [number, number]; readonly columns: [number, number]; readonly dense: Numbers };
  readonly matrixMarket: string;
}

const fixtures = JSON.parse(readFileSync(new URL('./scipy.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
  readonly files: readonly { readonly text: string; readonly dense: Numbers }[];
};

beforeAll(async () => {
  await init({ module: moduleOf('simd').module });
  await ready();
});

function csr(shape: readonly [number, number], { pointers, indices, values }: Compressed): SparseTensor {
  return SparseTensor.fromArrays({ layout: 'csr', shape, rowPointers: pointers, columnIndices: indices, values });
}

describe.each(fixtures.cases.map((found) => [found.shape.join(' x '), found] as const))('%s', (_, found) => {
  const { shape } = found;
  const made = csr(shape, found.csr);
  const same = (got: ArrayLike<number>, want: Numbers | readonly number[]) =>
    expect(distance(got, want.flat())).toBeLessThan(1e-6);

  it('has the same arrays in every layout', () => {
    const { rows, columns, values } = found.coo;
    const fromTriplets = SparseTensor.fromTriplets(shape, rows, columns, values);
    expect(fromTriplets.arrays()).toEqual(made.arrays());
    const list = (numbers: readonly number[]) => Int32Array.from(numbers);
    expect(made.to('coo').arrays()).toMatchObject({ rowIndices: list(rows), columnIndices: list(columns) });
    expect(made.to('csc').arrays()).toEqual({
      ...{ layout: 'csc', shape, columnPointers: list(found.csc.pointers), rowIndices: list(found.csc.indices) },
      values: Float32Array.from(found.csc.values),
    });
    const { block, pointers, indices } = found.bsr;
    expect(made.to('bsr', { block }).arrays()).toEqual({
      ...{ layout: 'bsr', shape, block, rowPointers: list(pointers), columnIndices: list(indices) },
      values: Float32Array.from(found.bsr.values.flat(2)),
    });
    same(made.toDense().data, found.dense);
  });

  it('has the same products', () => {
    const tensor = (numbers: Numbers, rows: number, columns: number) =>
      new Tensor('float32', Float32Array.from(numbers.flat()), [rows, columns]);
    const t = found.second.shape[1];
    const [right, left] = [tensor(found.right, shape[1], t), tensor(found.left, t, shape[0])];
    for (const layout of ['coo', 'csr', 'csc', 'bsr'] as const) {
      using other = made.to(layout);
      same(other.matmul(right).data, found.product);
      same(other.premultiply(left).data, found.premultiplied);
      same(other.matmul(csr(found.second.shape, found.second)).toDense().data, found.sparseProduct);
    }
  });

  it('has the same sums, slices and elementwise results', () => {
    const other = csr(shape, found.other);
    same(made.add(other).toDense().data, found.sum);
    same(made.multiply(other).toDense().data, found.elementwise);
    same(made.rowSums(), found.rowSums);
    same(made.columnSums(), found.columnSums);
    const { rows, columns, dense } = found.slice;
    same(made.slice({ rows, columns }).toDense().data, dense);
  });

  it('reads its Matrix Market file', () => {
    expect(readMatrixMarket(found.matrixMarket).arrays()).toEqual(made.arrays());
  });
});

describe('Matrix Market files', () => {
  it.each(fixtures.files)('$text', ({ text, dense }) => {
    const read = readMatrixMarket(text);
    expect([...read.toDense().data].map((value) => value + 0)).toEqual(dense.flat().map((value) => value + 0));
  });
});
