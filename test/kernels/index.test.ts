import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32 } from '../../src/core/random.ts';
import { sizeOf, stridesOf } from '../../src/core/shape.ts';
import { copy } from '../../src/kernels/copy.ts';
import { index } from '../../src/kernels/index.ts';
import { pad } from '../../src/kernels/pad.ts';
import { copyGeometry } from '../../src/kernels/strides.ts';
import { walk } from '../../src/ops/walk.ts';
import { samples } from '../ops/samples/index.ts';
import { builds, gaussian, type Numbers, place } from './harness.ts';
import { requestOf, runRow, testRows } from './run-row.ts';

const arrays = { 1: Uint8Array, 4: Int32Array, 8: BigInt64Array } as const;

function counting(bytes: 1 | 4 | 8, n: number): Numbers {
  if (bytes === 8) return BigInt64Array.from({ length: n }, (_, i) => (BigInt(i) << 33n) + 1n);
  return bytes === 1
    ? Uint8Array.from({ length: n }, (_, i) => i + 1)
    : Int32Array.from({ length: n }, (_, i) => i + 1);
}

/** A view of a row-major array: a part of it, axes in any order, some backwards, some repeated. */
const views = fc
  .array(
    fc.record({
      extent: fc.integer({ min: 0, max: 9 }),
      step: fc.constantFrom(-2, -1, 0, 1, 1, 2),
      key: fc.integer(),
    }),
    { maxLength: 4 },
  )
  .map((axes) => {
    const whole = axes.map(({ extent, step }) => Math.max(extent * Math.abs(step), 1));
    const own = stridesOf(whole);
    const offset = axes.reduce(
      (sum, { extent, step }, i) => (step < 0 ? sum + own[i] * -step * Math.max(extent - 1, 0) : sum),
      0,
    );
    const order = [...axes.keys()].sort((a, b) => axes[a].key - axes[b].key);
    return {
      size: sizeOf(whole),
      offset,
      dims: order.map((i) => axes[i].extent),
      strides: order.map((i) => own[i] * axes[i].step),
    };
  });

describe.each(builds)('strided copies (%s)', (build) => {
  it.each([1, 4, 8] as const)('of %i-byte elements bring every element to its place', (bytes) => {
    fc.assert(
      fc.property(views, fc.boolean(), ({ size, offset, dims, strides }, backwards) => {
        const n = sizeOf(dims);
        if (n === 0) return;
        const x = counting(bytes, size);
        const out = new arrays[bytes](n) as Numbers;
        const to = stridesOf(dims);
        // Out of a view into a row-major array, or the other way round.
        const geometry =
          backwards && !strides.includes(0) ? copyGeometry(dims, to, strides) : copyGeometry(dims, strides, to);
        const table = Int32Array.from([...geometry.dims, ...geometry.strides.flat()]);
        const turned = backwards && !strides.includes(0);
        const from = turned ? counting(bytes, n) : x;
        const into = turned ? (new arrays[bytes](size) as Numbers) : out;
        const bench = place(build, [table, from, into], bytes === 1 ? 1 : 4);
        const shift = offset * bytes;
        const [t, a, b] = bench.at;
        bench.exports[`copy_strided_${bytes}`](
          geometry.dims.length,
          t,
          a + (turned ? 0 : shift),
          b + (turned ? shift : 0),
        );
        bench.release();
        const got = bench.read(2, into);
        walk(dims, (position, flat) => {
          const there = position.reduce((sum, i, axis) => sum + i * strides[axis], offset);
          if (turned) expect(got[there]).toBe(from[flat]);
          else expect(got[flat]).toBe(x[there]);
        });
      }),
      { numRuns: 80, seed: 2 },
    );
  });

  it('turn matrices of every size, whole blocks and ragged edges', () => {
    for (const [m, n] of [
      [1, 1],
      [4, 4],
      [3, 5],
      [5, 3],
      [16, 16],
      [17, 18],
      [35, 33],
      [2, 70],
      [70, 2],
      [48, 7],
    ]) {
      const x = gaussian(m, m * n);
      const out = new Float32Array(m * n);
      const { dims, strides } = copyGeometry([n, m], [1, n], [m, 1]);
      for (const order of [1, 2]) {
        const operands = order === 1 ? [x, out] : [out, x];
        const bench = place(build, [Int32Array.from([...dims, ...strides.flat()]), ...operands], 4);
        bench.exports.copy_strided_4(dims.length, bench.at[0], bench.at[order], bench.at[3 - order]);
        bench.release();
        expect(bench.read(3 - order, out)).toEqual(out.map((_, i) => x[(i % m) * n + Math.floor(i / m)]));
      }
    }
  });

  it('fill', () => {
    for (const n of [0, 1, 3, 4, 9]) {
      const bench = place(build, [new BigInt64Array(n), new Uint8Array(n), new Int32Array(n), new Float32Array(n)], 8);
      bench.exports.fill_8(n, -2, -1, bench.at[0]);
      bench.exports.fill_1(n, 0x1ff, bench.at[1]);
      bench.exports.i32_fill(n, -7, bench.at[2]);
      bench.exports.f32_fill(n, 1.5, bench.at[3]);
      bench.release();
      expect([...bench.read(0, new BigInt64Array(n))]).toEqual(new Array(n).fill(-2n));
      expect([...bench.read(1, new Uint8Array(n))]).toEqual(new Array(n).fill(255));
      expect([...bench.read(2, new Int32Array(n))]).toEqual(new Array(n).fill(-7));
      expect([...bench.read(3, new Float32Array(n))]).toEqual(new Array(n).fill(1.5));
    }
  });
});

describe.each(builds)('gather (%s)', (build) => {
  const indices = { 4: Int32Array.of(2, -1, 0, -3, 2), 8: BigInt64Array.of(2n, -1n, 0n, -3n, 2n) } as const;
  const plain = [2, 2, 0, 0, 2];

  it.each([
    [4, 1],
    [4, 4],
    [4, 8],
    [8, 1],
    [8, 4],
    [8, 8],
  ] as const)('by indices of %i bytes, elements of %i', (indexBytes, bytes) => {
    for (const [outer, inner] of [
      [1, 1],
      [2, 3],
      [3, 8],
      [1, 33],
      [0, 2],
      [2, 0],
    ]) {
      const x = counting(bytes, outer * 3 * inner);
      const out = new arrays[bytes](outer * 5 * inner) as Numbers;
      const bench = place(build, [indices[indexBytes], out, x], 8);
      const status = bench.exports[`gather_${bytes}`](
        outer,
        3,
        inner,
        5,
        indexBytes,
        bench.at[2],
        bench.at[0],
        bench.at[1],
      );
      bench.release();
      expect(status).toBe(0);
      const from = (i: number) => {
        const [o, rest] = [Math.floor(i / (5 * inner)), i % (5 * inner)];
        return (o * 3 + plain[Math.floor(rest / inner)]) * inner + (rest % inner);
      };
      expect(bench.read(1, out)).toEqual(out.map((_: unknown, i: number) => x[from(i)] as never));
    }
  });

  it('adds gradients up where an entry was taken more than once', () => {
    for (const [outer, inner] of [
      [1, 1],
      [2, 3],
      [3, 9],
      [1, 33],
    ]) {
      const dy = gaussian(1, outer * 5 * inner);
      const dx = new Float32Array(outer * 3 * inner).fill(9);
      const bench = place(build, [indices[8], dx, dy], 8);
      expect(bench.exports.f32_gather_grad(outer, 3, inner, 5, 8, bench.at[2], bench.at[0], bench.at[1])).toBe(0);
      bench.release();
      const want = new Float32Array(dx.length);
      dy.forEach((value, i) => {
        const [o, rest] = [Math.floor(i / (5 * inner)), i % (5 * inner)];
        want[(o * 3 + plain[Math.floor(rest / inner)]) * inner + (rest % inner)] += value;
      });
      expect(bench.read(1, dx)).toEqual(want);
    }
  });

  it('names the first index out of range', () => {
    for (const bad of [3n, -4n, 1n << 32n, -(1n << 40n)]) {
      const wide = BigInt64Array.of(0n, bad, 7n);
      const bench = place(build, [wide, gaussian(1, 9), gaussian(2, 9)]);
      const [at, a, b] = bench.at;
      for (const kernel of ['gather_4', 'f32_gather_grad'])
        expect(bench.exports[kernel](1, 3, 3, 3, 8, a, at, b)).toBe(2);
      bench.release();
    }
    const sample = samples.find(({ op }) => op === 'gather') ?? expect.fail();
    const { request } = requestOf(sample);
    const [data, given] = request.inputs;
    if (!data || !given) throw new Error('gather has two inputs');
    const wrong = { ...given, data: given.data.map(() => (given.dtype === 'int64' ? 99n : 99) as never) as Numbers };
    const row = index.find((r) => r.op === 'gather' && typeof r.match(request) !== 'string') ?? expect.fail();
    expect(runRow(row, { ...request, inputs: [data, wrong] }, build)).toMatchObject({
      failure: expect.stringMatching(/^want indices in \[-\d+, \d+\], got another at position 0 of the indices$/),
    });
  });
});

describe.each(builds)('casts (%s)', (build) => {
  function cast(kernel: string, x: Numbers, like: Numbers): Numbers {
    const bench = place(build, [x, like], 8);
    bench.exports[kernel](x.length, bench.at[0], bench.at[1]);
    bench.release();
    return bench.read(1, like);
  }

  const floats = Float32Array.of(
    0,
    -0,
    1.9,
    -1.9,
    2 ** 31,
    -(2 ** 31),
    1e30,
    -1e30,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0.1,
  );
  const n = floats.length;

  it('truncate and saturate floats', () => {
    const most = 2 ** 31 - 1;
    const whole = [0, 0, 1, -1, most, -(2 ** 31), most, -(2 ** 31), 0, most, 0];
    expect([...cast('cast_f32_i32', floats, new Int32Array(n))]).toEqual(whole);
    const [high, low] = [2n ** 63n - 1n, -(2n ** 63n)];
    const wide = [0n, 0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), high, low, 0n, high, 0n];
    expect([...cast('cast_f32_i64', floats, new BigInt64Array(n))]).toEqual(wide);
    expect([...cast('cast_f32_bool', floats, new Uint8Array(n))]).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('keep whole numbers, or their low bits', () => {
    const whole = Int32Array.of(0, -1, 7, 2 ** 31 - 1, -(2 ** 31));
    expect([...cast('cast_i32_f32', whole, new Float32Array(5))]).toEqual([0, -1, 7, 2 ** 31, -(2 ** 31)]);
    expect([...cast('cast_i32_i64', whole, new BigInt64Array(5))]).toEqual([...whole].map(BigInt));
    const wide = BigInt64Array.of(0n, -1n, 2n ** 32n + 5n, 2n ** 53n, -7n);
    expect([...cast('cast_i64_i32', wide, new Int32Array(5))]).toEqual([0, -1, 5, 0, -7]);
    expect([...cast('cast_i64_f32', wide, new Float32Array(5))]).toEqual([0, -1, 2 ** 32, 2 ** 53, -7]);
    expect([...cast('cast_bool_f32', Uint8Array.of(0, 1, 1), new Float32Array(3))]).toEqual([0, 1, 1]);
  });
});

describe.each(builds)('dropout (%s)', (build) => {
  function drop(rate: number, seed: number, salt: number, x: Float32Array): Float32Array {
    const bench = place(build, [Int32Array.of(seed), new Float32Array(x.length), x], 4);
    bench.exports.f32_dropout(x.length, rate, bench.at[0], salt, bench.at[2], bench.at[1]);
    bench.release();
    return bench.read(1, x);
  }

  it('keeps what hash32 says', () => {
    for (const [n, rate, seed, salt] of [
      [0, 0.5, 1, 2],
      [1, 0.5, 1, 2],
      [7, 0.1, -5, 0],
      [1001, 0.3, 2 ** 31 - 1, 77],
    ]) {
      const x = gaussian(1, n);
      const want = x.map((value, i) =>
        hash32(seed, salt, i) / 2 ** 32 >= rate ? value * Math.fround(1 / (1 - rate)) : 0,
      );
      // 0 and -0 are one here: a dropped negative number may leave either.
      expect([...drop(rate, seed, salt, x)].map((v) => v + 0)).toEqual([...want].map((v) => v + 0));
    }
  });

  it('keeps all at rate 0, nothing at rate 1, not even NaN, and about as many as asked between', () => {
    const x = new Float32Array(20000).fill(1);
    expect(drop(0, 3, 4, x)).toEqual(x);
    expect(drop(1, 3, 4, x)).toEqual(new Float32Array(20000));
    expect(drop(1, 3, 4, Float32Array.of(Number.NaN))).toEqual(Float32Array.of(0));
    const kept = drop(0.25, 3, 4, x).filter((value) => value !== 0).length;
    expect(Math.abs(kept / 20000 - 0.75)).toBeLessThan(0.01);
    expect(drop(0.25, 3, 5, x)).not.toEqual(drop(0.25, 3, 4, x));
  });
});

testRows([...copy, ...pad, ...index]);
