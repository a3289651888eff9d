import { describe, expect, it } from 'vitest';
import { builds, gaussian, place } from './harness.ts';
import { convert } from './run-match.ts';

/** [t, k] to panels of w lanes, zero padded. */
function panels(x: Float32Array, t: number, k: number, w: number): Float32Array {
  const out = new Float32Array(Math.ceil(t / w) * k * w);
  for (let i = 0; i < t; i++) for (let j = 0; j < k; j++) out[(Math.floor(i / w) * k + j) * w + (i % w)] = x[i * k + j];
  return out;
}

const extents = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33];

describe.each(builds)('panels, %s build', (build) => {
  it.each(extents)('%i rows, packed and unpacked', (t) => {
    for (const k of [0, 1, 2, 3, 4, 5, 31, 32, 33, 96]) {
      const x = gaussian(t * 100 + k + 1, t * k);
      for (const width of [8, 16] as const) {
        const packed = convert(build, { shape: [t, k], data: x }, 'rows', `panels${width}`);
        expect(packed).toEqual(panels(x, t, k, width));
        expect(convert(build, { shape: [t, k] }, `panels${width}`, 'rows', packed)).toEqual(x);
      }
    }
  });

  it('reads rows that lie apart and stops at the end of memory', () => {
    const x = gaussian(1, 4 * 10 + 7);
    const want = panels(
      Float32Array.from({ length: 35 }, (_, i) => x[Math.floor(i / 7) * 10 + (i % 7)]),
      5,
      7,
      16,
    );
    const bench = place(build, [want.map(() => Number.NaN), x]);
    bench.exports.f32_pack_panels_16(5, 7, bench.at[1], 10, bench.at[0]);
    bench.release();
    expect(bench.read(0, want)).toEqual(want);
  });
});

describe.each(builds)('columns8, %s build', (build) => {
  it.each(extents)('%i columns, by consecutive, transposed and strided reads', (n) => {
    for (const k of [0, 1, 3, 4, 5, 17, 33]) {
      const x = gaussian(n * 100 + k + 1, 2 * k * n);
      const batchWant = [0, 1].map((item) => {
        const b = x.slice(item * k * n, (item + 1) * k * n);
        return panels(
          Float32Array.from({ length: n * k }, (_, i) => b[(i % k) * n + Math.floor(i / k)]),
          n,
          k,
          8,
        );
      });
      const want = Float32Array.from([...batchWant[0], ...batchWant[1]]);
      expect(convert(build, { shape: [2, k, n], data: x }, 'rows', 'columns8')).toEqual(want);
      const transposed = Float32Array.from(
        { length: 2 * n * k },
        (_, i) => x[Math.floor(i / (k * n)) * k * n + (i % k) * n + (Math.floor(i / k) % n)],
      );
      expect(convert(build, { shape: [2, n, k], data: transposed }, 'rows', 'columns8t')).toEqual(want);
      // Every second float of rows twice as long.
      const sparse = new Float32Array(Math.max(0, 2 * k * n - 1));
      for (let i = 0; i < k * n; i++) sparse[2 * i] = x[i];
      const bench = place(build, [batchWant[0].map(() => Number.NaN), sparse]);
      bench.exports.f32_pack_columns_8(1, k, n, bench.at[1], 0, 2 * n, 2, bench.at[0]);
      bench.release();
      expect(bench.read(0, batchWant[0])).toEqual(batchWant[0]);
    }
  });

  it('stops at the end of memory', () => {
    for (const [k, n] of [
      [5, 7],
      [3, 13],
      [6, 16],
    ]) {
      for (const strides of [
        [n, 1],
        [1, k],
      ]) {
        const x = gaussian(1, k * n);
        const bench = place(build, [new Float32Array(Math.ceil(n / 8) * k * 8), x]);
        bench.exports.f32_pack_columns_8(1, k, n, bench.at[1], 0, ...strides, bench.at[0]);
        bench.release();
      }
    }
  });
});

it.each(builds)('f32_gather_1 takes by index and puts 0 for none, %s build', (build) => {
  const bench = place(build, [new Float32Array(5), Uint32Array.of(2, 0xffffffff, 0, 2, 1), Float32Array.of(5, 6, 7)]);
  bench.exports.f32_gather_1(5, bench.at[1], bench.at[2], bench.at[0]);
  bench.release();
  expect(bench.read(0, new Float32Array(5))).toEqual(Float32Array.of(7, 0, 5, 7, 6));
});
