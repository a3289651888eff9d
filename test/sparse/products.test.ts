/** Products on the kernels (debug build, assertions on) against triplet loops in double precision, in every layout. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { init, matmul, ready, SparseTensor, Tensor } from '../../src/sparse/index.ts';
import { distance } from '../kernels/harness.ts';
import { moduleOf } from '../runtime/module.ts';
import {
  allLayouts,
  anyMatrix,
  denseTensor,
  denseTimes,
  nameOf,
  plain,
  tensorOf,
  timesDense,
  triplets,
} from './matrices.ts';

beforeAll(async () => {
  await init({ module: moduleOf('debug').module });
  await ready();
});

const shapes: readonly (readonly [number, number])[] = [
  [7, 11],
  [1, 1],
  [1, 40],
  [40, 1],
  [33, 96],
  [64, 5],
  [0, 5],
  [5, 0],
];
const widths = [0, 1, 2, 3, 7, 8, 9, 16, 17, 33];
const densities = [0, 0.1, 0.5, 1];

describe.each(allLayouts.map((layout) => [nameOf(layout), layout] as const))('%s', (_, layout) => {
  it.each(shapes)('%i x %i times dense, dense times it, and sampled', (...shape) => {
    for (const density of densities) {
      const entries = triplets(100 * density + shape[0], shape, density);
      using made = tensorOf(shape, entries, layout);
      for (const t of widths) {
        const right = denseTensor(t, shape[1], t);
        const product = made.matmul(right);
        expect(product.dims).toEqual([shape[0], t]);
        expect(distance(product.data, timesDense(shape, entries, right.data, t))).toBeLessThan(1e-5);

        const left = denseTensor(t + 1, t, shape[0]);
        const other = made.premultiply(left);
        expect(other.dims).toEqual([t, shape[1]]);
        expect(distance(other.data, denseTimes(shape, left.data, t, entries))).toBeLessThan(1e-5);

        const [a, b] = [denseTensor(t + 2, shape[0], t), denseTensor(t + 3, t, shape[1])];
        const sampled = made.sddmm(a, b);
        expect(sampled.layout).toBe(layout[0]);
        const [got, want] = [[] as number[], [] as number[]];
        for (const [row, column, value] of sampled.entries()) {
          got.push(value);
          let sum = 0;
          for (let k = 0; k < t; k++) sum += a.data[row * t + k] * b.data[k * shape[1] + column];
          want.push(sum);
        }
        expect(got.length).toBe(made.stored);
        expect(distance(got, want)).toBeLessThan(1e-5);
        // What sticks out of blocks and groups is still 0.
        expect(SparseTensor.fromArrays(sampled.arrays()).equals(sampled)).toBe(true);
      }
    }
  });

  it('times a vector', () => {
    const shape = [37, 53] as const;
    const entries = triplets(9, shape, 0.2);
    using made = tensorOf(shape, entries, layout);
    const x = denseTensor(4, 1, 53).data;
    const want = timesDense(shape, entries, x, 1);
    for (const vector of [x, [...x], new Tensor('float32', x, [53])])
      expect(distance(made.matvec(vector), want)).toBeLessThan(1e-5);
  });

  it('lets NaN and infinities pass where something is stored, and nowhere else', () => {
    const shape = [6, 9] as const;
    const entries = [
      [0, 0, 1],
      [2, 3, Number.NaN],
      [4, 3, Number.POSITIVE_INFINITY],
      [5, 8, -1],
    ] as const;
    // Blocks and groups store zeros beside these, which meet the dense numbers as zeros do.
    using made = tensorOf(shape, entries, layout);
    for (const t of [1, 5, 20]) {
      const ones = new Tensor('float32', new Float32Array(9 * t).fill(2), [9, t]);
      expect(plain(made.matmul(ones).data)).toEqual(plain(timesDense(shape, [...made.entries()], ones.data, t)));
      const wild = new Tensor('float32', new Float32Array(9 * t).fill(1), [9, t]);
      wild.data.fill(Number.NaN, 0, t);
      wild.data.fill(Number.NEGATIVE_INFINITY, 8 * t);
      expect(plain(made.matmul(wild).data)).toEqual(plain(timesDense(shape, [...made.entries()], wild.data, t)));
      const left = new Tensor('float32', new Float32Array(6 * t).fill(Number.POSITIVE_INFINITY), [t, 6]);
      expect(plain(made.premultiply(left).data)).toEqual(plain(denseTimes(shape, left.data, t, [...made.entries()])));
    }
  });
});

describe('sparse times sparse', () => {
  const pair = fc
    .tuple(fc.nat(8), fc.nat(8), fc.nat(8), fc.nat(1000), fc.constantFrom(0, 0.2, 0.5, 1), fc.nat(9), fc.nat(9))
    .map(([m, k, n, seed, density, i, j]) => ({
      a: tensorOf([m, k], triplets(seed, [m, k], density), allLayouts[i]),
      b: tensorOf([k, n], triplets(seed + 1, [k, n], 0.4), allLayouts[j]),
    }));

  it('is what it is dense, in csr', () => {
    const property = fc.property(pair, ({ a, b }) => {
      const product = a.matmul(b);
      expect(product.layout).toBe('csr');
      const want = timesDense(a.shape, [...a.entries()], b.toDense().data, b.shape[1]);
      expect(distance(product.toDense().data, want)).toBeLessThan(1e-5);
      expect(SparseTensor.fromArrays(product.arrays()).equals(product)).toBe(true);
      expect(matmul(a, b).equals(product)).toBe(true);
    });
    fc.assert(property, { numRuns: 150, seed: 4 });
  });

  it('transposes as (A·B)ᵀ = Bᵀ·Aᵀ, dense as well', () => {
    const property = fc.property(pair, ({ a, b }) => {
      const product = a.matmul(b);
      expect(product.transpose().equals(b.transpose().matmul(a.transpose()), 1e-5)).toBe(true);
      expect(distance(matmul(a, b.toDense()).data, product.toDense().data)).toBeLessThan(1e-5);
      expect(distance(matmul(a.toDense(), b).data, product.toDense().data)).toBeLessThan(1e-5);
    });
    fc.assert(property, { numRuns: 100, seed: 5 });
  });

  it('stores what cancels', () => {
    const row = SparseTensor.fromDense([[1, 1]]);
    const column = SparseTensor.fromDense([[1], [-1]]);
    expect([...row.matmul(column).entries()]).toEqual([[0, 0, 0]]);
  });
});

describe('property: any matrix', () => {
  it('times the identity is itself', () => {
    const property = fc.property(anyMatrix, ({ shape, entries }) => {
      using made = tensorOf(
        shape,
        // Products with dense operands flush denormals, as all kernels do.
        entries.map(([row, column, value]) => [
          row,
          column,
          Math.abs(value) >= 2 ** -126 && Number.isFinite(value) ? value : 1,
        ]),
      );
      const identity = SparseTensor.fromMask([shape[1], shape[1]], (row, column) => row === column);
      expect(plain(made.matmul(identity.toDense()).data)).toEqual(plain(made.toDense().data));
      expect(made.matmul(identity).equals(made)).toBe(true);
    });
    fc.assert(property, { numRuns: 60, seed: 6 });
  });
});
