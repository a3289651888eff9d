import { describe, expect, it } from 'vitest';
import { pool } from '../../src/kernels/pool.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { testRows } from './run-row.ts';

interface Case {
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
}

const none = [0, 0, 0, 0] as const;
const cases: readonly Case[] = [
  { size: [1, 1], kernel: [1, 1], strides: [1, 1], pads: none, dilations: [1, 1] },
  { size: [5, 4], kernel: [2, 2], strides: [2, 2], pads: none, dilations: [1, 1] },
  { size: [9, 35], kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] },
  { size: [12, 29], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] },
  { size: [11, 40], kernel: [2, 3], strides: [1, 3], pads: [0, 2, 1, 1], dilations: [1, 1] },
  { size: [8, 23], kernel: [3, 2], strides: [1, 1], pads: [2, 1, 0, 3], dilations: [2, 3] },
  { size: [7, 19], kernel: [2, 3], strides: [1, 2], pads: none, dilations: [3, 2] },
  { size: [3, 8], kernel: [3, 8], strides: [1, 1], pads: none, dilations: [1, 1] },
];

/** Output extents; `ceil` adds the window that sticks out. */
function outputs({ size, kernel, strides, pads, dilations }: Case, ceil: boolean): number[] {
  return [0, 1].map((axis) => {
    const room = size[axis] + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilations[axis] - 1;
    return (ceil ? Math.ceil(room / strides[axis]) : Math.floor(room / strides[axis])) + 1;
  });
}

/** Positions in the plane under every window, row by row. */
function windows(test: Case, [oh, ow]: number[]): number[][] {
  const {
    size: [h, w],
    kernel,
    strides,
    pads,
    dilations,
  } = test;
  return Array.from({ length: oh * ow }, (_, at) => {
    const inside: number[] = [];
    for (let ky = 0; ky < kernel[0]; ky++)
      for (let kx = 0; kx < kernel[1]; kx++) {
        const y = Math.floor(at / ow) * strides[0] - pads[0] + ky * dilations[0];
        const x = (at % ow) * strides[1] - pads[1] + kx * dilations[1];
        if (y >= 0 && y < h && x >= 0 && x < w) inside.push(y * w + x);
      }
    return inside;
  });
}

describe.each(builds)('max pooling (%s)', (build) => {
  it.each(cases)('$size by $kernel, strides $strides, pads $pads, dilations $dilations', (test) => {
    const {
      size: [h, w],
      kernel,
      strides,
      pads,
      dilations,
    } = test;
    const planes = 3;
    const x = gaussian(1, planes * h * w).map((v) => Math.round(2 * v) + 0);
    if (x.length > 50) x[40] = Number.NaN;
    for (const ceil of [false, true]) {
      const [oh, ow] = outputs(test, ceil);
      const n = planes * oh * ow;
      const args = [planes, h, w, ...kernel, ...strides, pads[0], pads[1], ...dilations, oh, ow];
      const bench = place(
        build,
        [new Float32Array(n), new Float32Array(n), new Int32Array(n), gaussian(2, n), new Float32Array(x.length), x],
        4,
      );
      const [y, again, indices, dy, dx, at] = bench.at;
      bench.exports.f32_max_pool(...args, at, y, indices);
      bench.exports.f32_max_pool(...args, at, again, 0);
      bench.exports.f32_max_pool_grad(planes, h, w, oh, ow, dy, indices, dx);
      bench.release();
      const taps = windows(test, [oh, ow]);
      const best = Int32Array.from({ length: n }, (_, i) => {
        const plane = Math.floor(i / taps.length) * h * w;
        const values = taps[i % taps.length].map((tap) => x[plane + tap]);
        const nan = values.findIndex(Number.isNaN);
        return taps[i % taps.length][nan >= 0 ? nan : values.indexOf(Math.max(...values))] ?? -1;
      });
      const planeOf = (i: number) => Math.floor(i / taps.length) * h * w;
      const want = Float32Array.from(best, (index, i) =>
        index < 0 ? Number.NEGATIVE_INFINITY : x[planeOf(i) + index],
      );
      expect(bench.read(0, want)).toEqual(want);
      expect(bench.read(1, want)).toEqual(want);
      expect(bench.read(2, best)).toEqual(best);
      const gradient = new Float64Array(x.length);
      const given = bench.read(3, want);
      best.forEach((index, i) => {
        if (index >= 0) gradient[planeOf(i) + index] += given[i];
      });
      expect(distance(bench.read(4, x), gradient)).toBeLessThan(1e-6);
    }
  });
});

describe.each(builds)('average pooling (%s)', (build) => {
  const undilated = cases.filter(({ dilations }) => dilations.every((d) => d === 1));
  it.each(undilated)('$size by $kernel, strides $strides, pads $pads', (test) => {
    const {
      size: [h, w],
      kernel,
      strides,
      pads,
    } = test;
    const planes = 2;
    const x = gaussian(1, planes * h * w);
    const [oh, ow] = outputs(test, false);
    const n = planes * oh * ow;
    const taps = windows(test, [oh, ow]);
    for (const includePad of [0, 1]) {
      const dy = gaussian(2, n);
      const bench = place(build, [new Float32Array(n), dy, new Float32Array(x.length), x], 4);
      const [y, g, dx, at] = bench.at;
      const args = [planes, h, w, ...kernel, ...strides, ...pads, oh, ow, includePad];
      bench.exports.f32_avg_pool(...args, at, y);
      bench.exports.f32_avg_pool_grad(...args, g, dx);
      bench.release();
      const count = (i: number) => (includePad ? kernel[0] * kernel[1] : taps[i % taps.length].length) || 1;
      const planeOf = (i: number) => Math.floor(i / taps.length) * h * w;
      const gradient = new Float64Array(x.length);
      const want = Float64Array.from({ length: n }, (_, i) => {
        let sum = 0;
        for (const tap of taps[i % taps.length]) {
          sum += x[planeOf(i) + tap];
          gradient[planeOf(i) + tap] += dy[i] / count(i);
        }
        return sum / count(i);
      });
      expect(distance(bench.read(0, new Float32Array(n)), want)).toBeLessThan(1e-6);
      expect(distance(bench.read(2, x), gradient)).toBeLessThan(1e-6);
    }
  });

  it('counts padding, but not what sticks out beyond it', () => {
    // Width 4, windows of 3 at 0, 2 and 4, one column of padding on the right: the last window has 1 + 1 columns.
    const x = Float32Array.of(1, 2, 3, 4);
    const bench = place(build, [x, new Float32Array(3)]);
    bench.exports.f32_avg_pool(1, 1, 4, 1, 3, 1, 2, 0, 0, 0, 1, 1, 3, 1, bench.at[0], bench.at[1]);
    expect([...bench.read(1, new Float32Array(3))]).toEqual([2, Math.fround(7 / 3), 0]);
    bench.exports.f32_avg_pool(1, 1, 4, 1, 3, 1, 2, 0, 1, 0, 0, 1, 3, 1, bench.at[0], bench.at[1]);
    expect([...bench.read(1, new Float32Array(3))]).toEqual([1, 3, 4]);
  });
});

testRows(pool);
