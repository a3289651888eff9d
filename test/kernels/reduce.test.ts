import { describe, expect, it } from 'vitest';
import { reduce, reductionSteps } from '../../src/kernels/reduce.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { testRows } from './run-row.ts';

interface Fold {
  readonly start: number;
  readonly combine: (folded: number, x: number) => number;
  readonly finish?: (folded: number, axis: number) => number;
}

const kernels: Readonly<Record<string, Fold>> = {
  f32_reduce_sum: { start: 0, combine: (sum, x) => sum + x },
  f32_reduce_mean: { start: 0, combine: (sum, x) => sum + x, finish: (sum, axis) => sum / axis },
  f32_reduce_max: { start: Number.NEGATIVE_INFINITY, combine: Math.max },
  f32_reduce_min: { start: Number.POSITIVE_INFINITY, combine: Math.min },
  f32_reduce_prod: { start: 1, combine: (product, x) => product * x },
  f32_reduce_sum_squares: { start: 0, combine: (sum, x) => sum + x * x },
  f32_reduce_sum_absolute: { start: 0, combine: (sum, x) => sum + Math.abs(x) },
};

function expected(kernel: string, [outer, axis, inner]: number[], x: Float32Array): Float64Array {
  const { start, combine, finish = (folded) => folded } = kernels[kernel];
  const out = new Float64Array(outer * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let folded = start;
      for (let a = 0; a < axis; a++) folded = combine(folded, x[(o * axis + a) * inner + i]);
      out[o * inner + i] = finish(folded, axis);
    }
  return out;
}

const sizes = [
  [1, 1, 1],
  [3, 0, 2],
  [2, 0, 1],
  [0, 5, 3],
  [4, 5, 0],
  [3, 7, 1],
  [2, 33, 1],
  [1, 5000, 1],
  [2, 3, 2],
  [2, 300, 3],
  [3, 9, 4],
  [2, 7, 33],
  [1, 129, 21],
  [2, 257, 16],
];

describe.each(builds)('reductions (%s)', (build) => {
  it.each(sizes)('[%i, %i, %i] over the middle', (...size) => {
    const [outer, axis, inner] = size;
    const x = gaussian(1, outer * axis * inner);
    for (const kernel of Object.keys(kernels)) {
      const out = new Float32Array(outer * inner);
      for (const order of [0, 1]) {
        // Once the input, once the output ends with the memory.
        const bench = place(build, order === 0 ? [x, out] : [out, x], 4);
        bench.exports[kernel](outer, axis, inner, bench.at[order], bench.at[1 - order]);
        bench.release();
        // Sums of both signs cancel: what is lost is measured by the numbers that went in.
        expect(distance(bench.read(1 - order, out), expected(kernel, size, x))).toBeLessThan(1e-6 + axis * 2e-8);
      }
    }
  });

  it('finds the first largest, and NaN before all', () => {
    for (const [outer, axis, inner] of [
      [1, 1, 1],
      [3, 17, 1],
      [2, 5, 3],
      [2, 9, 4],
      [1, 6, 13],
      [2, 4, 0],
    ]) {
      const x = gaussian(2, outer * axis * inner).map((v) => Math.round(v * 2));
      if (x.length > 20) x[15] = Number.NaN;
      if (x.length > 20) x.fill(Number.NEGATIVE_INFINITY, 0, 3);
      const out = new Int32Array(outer * inner);
      const bench = place(build, [out, x], 4);
      bench.exports.f32_argmax(outer, axis, inner, bench.at[1], bench.at[0]);
      bench.release();
      const want = out.map((_, at) => {
        const [o, i] = [Math.floor(at / inner), at % inner];
        const values = Array.from({ length: axis }, (_, a) => x[(o * axis + a) * inner + i]);
        const nan = values.findIndex(Number.isNaN);
        return nan >= 0 ? nan : values.indexOf(Math.max(...values));
      });
      expect(bench.read(0, out)).toEqual(want);
    }
  });

  it('lets one NaN through sums, means and maxima, and only where it stands', () => {
    for (const [axis, inner] of [
      [40, 1],
      [5, 3],
      [5, 20],
    ]) {
      const x = gaussian(3, axis * inner);
      x[2 * inner] = Number.NaN;
      for (const kernel of Object.keys(kernels)) {
        const bench = place(build, [x, new Float32Array(inner)]);
        bench.exports[kernel](1, axis, inner, bench.at[0], bench.at[1]);
        expect([...bench.read(1, new Float32Array(inner))].map(Number.isNaN)).toEqual(
          Array.from({ length: inner }, (_, i) => i === 0),
        );
      }
    }
  });

  it('sums a long row of equal numbers without drifting', () => {
    const x = new Float32Array(1 << 20).fill(0.1);
    for (const [axis, inner] of [
      [1 << 20, 1],
      [1 << 16, 16],
    ]) {
      const bench = place(build, [x, new Float32Array(inner)]);
      bench.exports.f32_reduce_sum(1, axis, inner, bench.at[0], bench.at[1]);
      const [got] = bench.read(1, new Float32Array(inner));
      expect(Math.abs(got / (axis * Math.fround(0.1)) - 1)).toBeLessThan(1e-5);
    }
  });

  it('averages squared differences', () => {
    for (const n of [1, 3, 16, 231, 3000]) {
      const [a, b] = [gaussian(4, n), gaussian(5, n)];
      const bench = place(build, [new Float32Array(1), a, b], 4);
      bench.exports.f32_mse(n, bench.at[1], bench.at[2], bench.at[0]);
      bench.release();
      const want = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / n;
      expect(distance(bench.read(0, new Float32Array(1)), [want])).toBeLessThan(1e-6);
    }
  });
});

describe('reductionSteps', () => {
  it('merges neighbours and starts at the last run', () => {
    expect(reductionSteps([2, 3, 5, 7], (axis) => axis === 1 || axis === 3)).toEqual([
      { outer: 30, axis: 7, inner: 1 },
      { outer: 2, axis: 3, inner: 5 },
    ]);
    expect(reductionSteps([2, 3, 1, 7], (axis) => axis !== 2)).toEqual([{ outer: 1, axis: 42, inner: 1 }]);
    expect(reductionSteps([2, 1], (axis) => axis === 1)).toEqual([]);
  });
});

testRows(reduce);
