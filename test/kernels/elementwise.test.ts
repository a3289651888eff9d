import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcast, broadcastStrides, sizeOf } from '../../src/core/shape.ts';
import { elementwise } from '../../src/kernels/elementwise.ts';
import { broadcastGeometry } from '../../src/kernels/strides.ts';
import { walk } from '../../src/ops/walk.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { runRow, testRows, type Value } from './run-row.ts';

const functions: Record<string, (a: number, b: number) => number> = {
  f32_add: (a, b) => a + b,
  f32_sub: (a, b) => a - b,
  f32_mul: (a, b) => a * b,
  f32_div: (a, b) => a / b,
  f32_max: Math.max,
  f32_min: Math.min,
  f32_prelu: (x, slope) => (x < 0 ? slope * x : x),
};
const comparisons: Record<string, (a: number, b: number) => boolean> = {
  f32_equal: (a, b) => a === b,
  f32_less: (a, b) => a < b,
  f32_greater: (a, b) => a > b,
  f32_less_or_equal: (a, b) => a <= b,
  f32_greater_or_equal: (a, b) => a >= b,
};

/** IEEE 754 pow; JavaScript's differs where the base is 1 or -1 and the exponent infinite or NaN. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}

/** Two shapes that broadcast, and seeds for their numbers. */
const pairs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean(), fc.boolean()), { maxLength: 4 })
  .chain((axes) =>
    fc.tuple(fc.integer({ min: 0, max: axes.length }), fc.boolean()).map(([cut, left]) => {
      const a = axes.map(([extent, once]) => (once ? 1 : extent));
      const b = axes.map(([extent, , once]) => (once ? 1 : extent));
      return left ? { a: a.slice(cut), b } : { a, b: b.slice(cut) };
    }),
  );

/** a op b at every index of the broadcast shape. */
function expected(
  shapes: { a: number[]; b: number[] },
  a: Float32Array,
  b: Float32Array,
  f: (x: number, y: number) => number,
) {
  const shape = broadcast(shapes.a, shapes.b) ?? [];
  const [sa, sb] = [broadcastStrides(shapes.a, shape), broadcastStrides(shapes.b, shape)];
  const out = new Float32Array(sizeOf(shape));
  walk(shape, (index, flat) => {
    const dot = (strides: number[]) => index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
    out[flat] = f(a[dot(sa)], b[dot(sb)]);
  });
  return { shape, out };
}

describe.each(builds)('broadcasting (%s)', (build) => {
  it('gives every pair its result, whatever the shapes', () => {
    fc.assert(
      fc.property(pairs, fc.integer(), fc.constantFrom(...Object.keys(functions)), (shapes, seed, name) => {
        const [a, b] = [gaussian(seed, sizeOf(shapes.a)), gaussian(seed + 1, sizeOf(shapes.b))];
        const { shape, out } = expected(shapes, a, b, functions[name]);
        if (out.length === 0) return;
        const { dims, strides } = broadcastGeometry(shape, [shapes.a, shapes.b]);
        const table = Int32Array.from([...dims, ...strides.flat()]);
        const bench = place(build, [table, a, b, out.slice().fill(7)], seed % 2 === 0 ? 0 : 4);
        bench.exports[name](dims.length, bench.at[0], bench.at[1], bench.at[2], bench.at[3]);
        bench.release();
        expect(bench.read(3, out)).toEqual(out);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it.each([
    [1, 1],
    [1, 0],
    [0, 1],
    [0, 0],
    [2, 1],
    [1, -3],
    [-1, 2],
  ])('walks inner strides %i and %i', (sa, sb) => {
    for (const n of [1, 3, 4, 7, 8, 15, 16, 17, 35]) {
      const [a, b] = [gaussian(1, 3 * n), gaussian(2, 3 * n)];
      const table = Int32Array.of(n, sa, sb);
      const start = (stride: number) => (stride < 0 ? -stride * (n - 1) : 0);
      for (const [name, f] of [...Object.entries(functions), ...Object.entries(comparisons)]) {
        const isBool = name in comparisons;
        const like = isBool ? new Uint8Array(n) : new Float32Array(n);
        const bench = place(build, [table, a, b, like], 4);
        bench.exports[name](1, bench.at[0], bench.at[1] + 4 * start(sa), bench.at[2] + 4 * start(sb), bench.at[3]);
        bench.release();
        const want = like.map((_, i) => Number(f(a[start(sa) + i * sa], b[start(sb) + i * sb])));
        expect([name, ...bench.read(3, like)]).toEqual([name, ...want]);
      }
    }
  });
});

const edges = [0, -0, 1, -1, 0.5, 2, 3, -2, -3, 1e30, -1e30, 1e-30, 2.5, 16777216, -16777217];
const special = Float32Array.from([...edges, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
const n = special.length;

/** All pairs of special numbers: [n, 1] by [n]. */
function allPairs(build: string, name: string, bytes: number) {
  const like = bytes === 1 ? new Uint8Array(n * n) : new Float32Array(n * n);
  const bench = place(build, [Int32Array.of(n, n, 1, 0, 0, 1), special, special, like]);
  bench.exports[name](2, bench.at[0], bench.at[1], bench.at[2], bench.at[3]);
  bench.release();
  return bench.read(3, like);
}

describe.each(builds)('NaN, infinities and zeros (%s)', (build) => {
  it.each(Object.entries(functions))('%s', (name, f) => {
    const want = Float32Array.from({ length: n * n }, (_, i) => f(special[Math.floor(i / n)], special[i % n]));
    expect(allPairs(build, name, 4)).toEqual(want);
  });

  it.each(Object.entries(comparisons))('%s', (name, f) => {
    const want = Uint8Array.from({ length: n * n }, (_, i) => Number(f(special[Math.floor(i / n)], special[i % n])));
    expect(allPairs(build, name, 1)).toEqual(want);
  });

  it('f32_pow', () => {
    const got = allPairs(build, 'f32_pow', 4);
    for (let i = 0; i < n * n; i++) {
      const [a, b] = [special[Math.floor(i / n)], special[i % n]];
      expect(`${a} ** ${b} = ${got[i]}`).toBe(`${a} ** ${b} = ${Math.fround(pow(a, b))}`);
    }
  });

  it('f32_pow with one exponent for the row', () => {
    const x = Float32Array.from([...special, ...gaussian(3, 100).map(Math.abs)]);
    for (const exponent of [2, 0.5, 3, -1, 0, 1.7, -0.5]) {
      const bench = place(build, [Int32Array.of(x.length, 1, 0), Float32Array.of(exponent), x, x]);
      bench.exports.f32_pow(1, bench.at[0], bench.at[2], bench.at[1], bench.at[3]);
      bench.release();
      const want = x.map((value) => pow(value, Math.fround(exponent)));
      const got = bench.read(3, x);
      got.forEach((value, i) => {
        if (Object.is(value, want[i])) return;
        expect(Math.abs(value / want[i] - 1)).toBeLessThan(1.2e-7);
      });
    }
  });
});

describe.each(builds)('where (%s)', (build) => {
  it('selects with every operand repeated or not', () => {
    const [rows, columns] = [5, 21];
    const a = gaussian(1, rows * columns);
    const b = gaussian(2, rows * columns);
    const condition = Uint8Array.from({ length: rows * columns }, (_, i) => (i * 7) % 3);
    for (let mask = 0; mask < 64; mask++) {
      const strides = [0, 2, 4].map((bit) => [mask & (1 << bit) ? columns : 0, mask & (2 << bit) ? 1 : 0]);
      const table = Int32Array.from([rows, columns, ...strides.flat()]);
      const out = new Float32Array(rows * columns);
      const bench = place(build, [table, condition, a, b, out]);
      bench.exports.f32_where(2, ...bench.at);
      bench.release();
      const at = (k: number, i: number) => Math.floor(i / columns) * strides[k][0] + (i % columns) * strides[k][1];
      expect(bench.read(4, out)).toEqual(out.map((_, i) => (condition[at(0, i)] ? a[at(1, i)] : b[at(2, i)])));
    }
  });
});

testRows(elementwise);

describe('panels', () => {
  it('are added as they lie when both operands are in them', () => {
    const value = (seed: number): Value => ({
      dtype: 'float32',
      shape: [3, 7, 5],
      layout: 'panels8',
      data: gaussian(seed, 105),
    });
    const [a, b] = [value(1), value(2)];
    const request = { op: 'add', attributes: {}, inputs: [a, b], outputs: [{ ...a, layout: 'rows' }] };
    const row = elementwise.find(({ op }) => op === 'add') ?? expect.fail();
    const run = runRow(row, request, 'simd');
    if (typeof run === 'string') throw new Error(run);
    expect(run.writes).toEqual(['panels8']);
    const want = Float32Array.from(a.data as Float32Array, (x, i) => x + Number(b.data[i]));
    expect(distance(run.outputs[0] as Float32Array, want)).toBe(0);
  });
});
