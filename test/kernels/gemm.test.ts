import { describe, expect, it } from 'vitest';
import { broadcast, broadcastStrides, type Shape, sizeOf } from '../../src/core/shape.ts';
import { gemmKernels, runsOf } from '../../src/kernels/gemm.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { matchOf, requestOf, run } from './run-match.ts';

const INF = Number.POSITIVE_INFINITY;
const clamp = (x: number, lo: number, hi: number) => Math.min(Math.max(x, lo), hi);

/** [k, n] to [ceil(n / 8)][k][8]. */
function columns8(b: Float32Array, k: number, n: number): Float32Array {
  const out = new Float32Array(Math.ceil(n / 8) * k * 8);
  for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) out[(Math.floor(j / 8) * k + i) * 8 + (j % 8)] = b[i * n + j];
  return out;
}

describe.each(builds)('f32_gemm_4x8, %s build', (build) => {
  const sizes: [number, number, number][] = [
    ...[0, 1, 2, 3, 4, 5, 7, 9].map((m): [number, number, number] => [m, 333, 96]),
    ...[0, 1, 3, 5, 7, 8, 9, 31, 32, 33, 41].flatMap((n): [number, number, number][] => [
      [1, n, 7],
      [6, n, 7],
    ]),
    ...[0, 1, 2, 3, 5].flatMap((k): [number, number, number][] => [
      [1, 37, k],
      [7, 13, k],
    ]),
    [9, 11, 3100],
    [1, 40, 3100],
    [90, 24, 1030],
  ];
  it.each(sizes)('C[%i, %i] over k = %i, with biases, clamp and old C', (m, n, k) => {
    const a = gaussian(1, m * k);
    const b = gaussian(2, k * n);
    const rows = gaussian(3, m);
    const columns = gaussian(4, n);
    const old = gaussian(5, m * n);
    for (const transposed of [false, true])
      for (const [lo, hi, accumulate] of [
        [-INF, INF, 0],
        [0, 2, 1],
      ]) {
        const stored = transposed
          ? Float32Array.from({ length: m * k }, (_, i) => a[(i % m) * k + Math.floor(i / m)])
          : a;
        const strides = transposed ? [1, m] : [k, 1];
        const bench = place(build, [rows, columns, stored, old, columns8(b, k, n)], 4);
        const [rowsAt, columnsAt, aAt, c, bAt] = bench.at;
        bench.exports.f32_gemm_4x8(
          1,
          m,
          n,
          k,
          aAt,
          0,
          ...strides,
          bAt,
          0,
          rowsAt,
          columnsAt,
          lo,
          hi,
          accumulate,
          c,
          0,
          n,
        );
        bench.release();
        const want = Float64Array.from({ length: m * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          let sum = rows[i] + columns[j] + (accumulate ? old[at] : 0);
          for (let p = 0; p < k; p++) sum += a[i * k + p] * b[p * n + j];
          return clamp(sum, lo, hi);
        });
        expect(distance(bench.read(3, old), want)).toBeLessThan(k > 1000 ? 2e-4 : 3e-5);
      }
  });

  it('leaves what lies between the rows of C alone', () => {
    const c = new Float32Array(3 * 10).fill(7);
    const bench = place(build, [gaussian(1, 15), columns8(gaussian(2, 25), 5, 5), c]);
    bench.exports.f32_gemm_4x8(
      1,
      3,
      5,
      5,
      bench.at[0],
      0,
      5,
      1,
      bench.at[1],
      0,
      0,
      0,
      -INF,
      INF,
      0,
      bench.at[2],
      0,
      10,
    );
    const out = bench.read(2, c);
    for (let i = 0; i < 3; i++) expect(out.slice(i * 10 + 5, i * 10 + 10)).toEqual(new Float32Array(5).fill(7));
  });

  it('keeps NaN through the clamp, and clamps infinities', () => {
    for (const m of [1, 3, 4]) {
      const a = new Float32Array(m * 3).fill(1);
      const b = columns8(
        Float32Array.from({ length: 27 }, (_, i) => [Number.NaN, INF, -INF, 1][i % 9] ?? 2),
        3,
        9,
      );
      const bench = place(build, [a, b, new Float32Array(m * 9)]);
      bench.exports.f32_gemm_4x8(1, m, 9, 3, bench.at[0], 0, 3, 1, bench.at[1], 0, 0, 0, -1, 4, 0, bench.at[2], 0, 9);
      const row = Float32Array.of(Number.NaN, 4, -1, 3, 4, 4, 4, 4, 4);
      expect(bench.read(2, new Float32Array(m * 9))).toEqual(
        Float32Array.from({ length: m * 9 }, (_, i) => row[i % 9]),
      );
    }
  });
});

function matmul(
  a: Float32Array,
  aShape: Shape,
  b: Float32Array,
  bShape: Shape,
  ta: boolean,
  tb: boolean,
  bias?: Float32Array,
) {
  const stack = broadcast(aShape.slice(0, -2), bShape.slice(0, -2)) as number[];
  const [m, k] = ta ? aShape.slice(-2).reverse() : aShape.slice(-2);
  const n = (tb ? bShape.at(-2) : bShape.at(-1)) as number;
  const out = new Float64Array(sizeOf(stack) * m * n);
  const [as, bs] = [aShape, bShape].map((shape) => broadcastStrides(shape.slice(0, -2), stack));
  for (let item = 0; item < sizeOf(stack); item++) {
    let [rest, ai, bi] = [item, 0, 0];
    for (let axis = stack.length - 1; axis >= 0; axis--) {
      ai += (rest % stack[axis]) * as[axis];
      bi += (rest % stack[axis]) * bs[axis];
      rest = Math.floor(rest / stack[axis]);
    }
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = bias ? bias[j] : 0;
        for (let p = 0; p < k; p++)
          sum += a[ai * m * k + (ta ? p * m + i : i * k + p)] * b[bi * k * n + (tb ? j * k + p : p * n + j)];
        out[(item * m + i) * n + j] = sum;
      }
  }
  return { data: out, shape: [...stack, m, n] };
}

describe.each(builds)('matmul row, %s build', (build) => {
  const cases: [Shape, Shape][] = [
    [
      [7, 96],
      [96, 33],
    ],
    [
      [1, 5],
      [5, 9],
    ],
    [
      [2, 3, 5],
      [5, 4],
    ],
    [
      [2, 3, 5],
      [1, 5, 4],
    ],
    [
      [4, 3, 5],
      [4, 5, 6],
    ],
    [
      [2, 4, 3, 5],
      [4, 5, 6],
    ],
    [
      [2, 1, 3, 5],
      [1, 3, 5, 6],
    ],
    [
      [2, 1, 2, 3, 5],
      [3, 1, 5, 6],
    ],
    [
      [3, 5],
      [2, 5, 6],
    ],
    [
      [0, 5],
      [5, 4],
    ],
    [
      [2, 0, 5],
      [2, 5, 4],
    ],
    [
      [0, 3, 5],
      [0, 5, 4],
    ],
    [
      [3, 0],
      [0, 4],
    ],
  ];
  it.each(cases)('%j x %j in all transposes', (aShape, bShape) => {
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const swap = (s: Shape, on: boolean) => (on ? [...s.slice(0, -2), s[s.length - 1], s[s.length - 2]] : s);
        const [as, bs] = [swap(aShape, transposeA), swap(bShape, transposeB)];
        const [a, b, bias] = [gaussian(1, sizeOf(as)), gaussian(2, sizeOf(bs)), gaussian(3, bShape.at(-1) as number)];
        const want = matmul(a, as, b, bs, transposeA, transposeB, bias);
        const inputs = [
          { shape: as, data: a },
          { shape: bs, data: b },
          { shape: [bias.length], data: bias },
        ];
        const attributes = { transposeA, transposeB, activation: 'clip', min: -1, max: 1.5 };
        const [got] = run(build, gemmKernels[0], { op: 'matmul', attributes, inputs, outputs: [want.shape] });
        expect(
          distance(
            got,
            want.data.map((x) => clamp(x, -1, 1.5)),
          ),
        ).toBeLessThan(1e-5);
      }
  });

  it('applies relu, and nothing by default', () => {
    const inputs = [
      { shape: [2, 3], data: gaussian(1, 6) },
      { shape: [3, 4], data: gaussian(2, 12) },
    ];
    const want = matmul(gaussian(1, 6), [2, 3], gaussian(2, 12), [3, 4], false, false).data;
    const [plain] = run(build, gemmKernels[0], { op: 'matmul', inputs, outputs: [[2, 4]] });
    expect(distance(plain, want)).toBeLessThan(1e-6);
    const [relu] = run(build, gemmKernels[0], {
      op: 'matmul',
      attributes: { activation: 'relu' },
      inputs,
      outputs: [[2, 4]],
    });
    expect(
      distance(
        relu,
        want.map((x) => Math.max(0, x)),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe('what the row refuses', () => {
  const node = (a: Shape, b: Shape, attributes = {}) => ({
    op: 'matmul',
    attributes,
    inputs: [{ shape: a }, { shape: b }],
    outputs: [[1]],
  });
  it.each([
    [node([2, 3], [4, 5]), 'wants [..., m, k] x [..., k, n]'],
    [node([3], [3, 5]), 'rank 2 to 8'],
    [node([2, 4, 3], [3, 3, 5]), 'leading axes that broadcast'],
    [node([2, 3], [3, 5], { activation: 'swish' }), 'activation swish'],
    [node([2, 3], [3, 5], { transposeA: 1 }), 'transposeA wants a boolean'],
  ])('%#', (n, words) => {
    expect(gemmKernels[0].match(requestOf(n))).toContain(words);
  });
});

describe('runs', () => {
  it('are one where the stacks are uniform', () => {
    expect(runsOf([2, 3], [2, 3])).toEqual([{ count: 6, strides: [1, 1, 1], starts: [0, 0, 0] }]);
    expect(runsOf([2, 3], [1, 1])).toEqual([{ count: 6, strides: [1, 0, 1], starts: [0, 0, 0] }]);
    expect(runsOf([], [])).toEqual([{ count: 1, strides: [0, 0, 0], starts: [0, 0, 0] }]);
    expect(runsOf([0], [1])).toEqual([]);
  });

  it('take the longest axis otherwise', () => {
    expect(runsOf([5, 1], [1, 2])).toEqual([
      { count: 5, strides: [1, 0, 2], starts: [0, 0, 0] },
      { count: 5, strides: [1, 0, 2], starts: [0, 1, 1] },
    ]);
  });

  it('fold all leading axes into the rows for a single B', () => {
    const match = matchOf(gemmKernels[0], {
      op: 'matmul',
      inputs: [{ shape: [2, 3, 4] }, { shape: [4, 5] }],
      outputs: [[2, 3, 5]],
    });
    const [call] = match.calls({ reads: [0, 0], writes: [0], scratch: 0, table: 0 });
    expect(call.args.slice(0, 4)).toEqual([1, 6, 5, 4]);
  });
});
