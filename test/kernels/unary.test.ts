import { describe, expect, it } from 'vitest';
import { unary } from '../../src/kernels/unary.ts';
import { complementaryErrorFunction } from '../../src/ops/erf.ts';
import { ops } from '../../src/ops/table.ts';
import { samples } from '../ops/samples/index.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { requestOf, runRow, testRows } from './run-row.ts';

function run(build: string, kernel: string, scalars: number[], inputs: Float32Array[], align = 0): Float32Array {
  const out = new Float32Array(inputs[0].length);
  const bench = place(build, [...inputs, out], align);
  bench.exports[kernel](out.length, ...scalars, ...bench.at);
  bench.release();
  return bench.read(inputs.length, out);
}

const erf = (x: number) => (x < 0 ? -erfOf(-x) : erfOf(x));

/** The series below 2, where 1 - erfc would lose what is small. */
function erfOf(x: number): number {
  if (!(x < 2)) return 1 - complementaryErrorFunction(x);
  let [sum, term] = [0, x];
  for (let k = 0; k < 80; k++) {
    sum += term / (2 * k + 1);
    term *= (-x * x) / (k + 1);
  }
  return (sum * 2) / Math.sqrt(Math.PI);
}

/** Spacing of floats at |x|. */
function ulp(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}

/** Every 49999th float there is, the edges between, and a dense stretch around 0 and 1. */
function sweep(): Float32Array {
  const bits: number[] = [];
  for (let b = 0; b < 2 ** 32; b += 49999) bits.push(b);
  const all = new Float32Array(Uint32Array.from(bits).buffer);
  const dense = Float32Array.from({ length: 60000 }, (_, i) => (i - 30000) / 1500);
  const nearOne = Float32Array.from({ length: 4000 }, (_, i) => 1 + (i - 2000) * 2 ** -18);
  const edges = Float32Array.of(
    88.72283,
    88.72284,
    -87.33654,
    -87.33655,
    -103.97,
    104,
    0.9,
    0.55,
    4,
    9.1,
    1e-40,
    -1e-40,
  );
  return Float32Array.from([...all, ...dense, ...nearOne, ...edges].filter((x) => Number.isFinite(x)));
}

/** The least float that is not denormal. */
const SMALLEST = 2 ** -126;

/** The stated bounds. Results below `flushes` may be 0: x times a sigmoid that is flushed may be a little larger. */
const bounds: readonly {
  kernel: string;
  scalars?: number[];
  f: (x: number) => number;
  ulps: number;
  flushes: number;
}[] = [
  { kernel: 'f32_exp', f: Math.exp, ulps: 2, flushes: SMALLEST },
  { kernel: 'f32_log', f: Math.log, ulps: 2, flushes: 0 },
  { kernel: 'f32_erf', f: erf, ulps: 2, flushes: SMALLEST },
  { kernel: 'f32_tanh', f: Math.tanh, ulps: 2, flushes: SMALLEST },
  { kernel: 'f32_sigmoid', f: (x) => 1 / (1 + Math.exp(-x)), ulps: 2.5, flushes: SMALLEST },
  { kernel: 'f32_softplus', f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), ulps: 6, flushes: SMALLEST },
  { kernel: 'f32_swish', scalars: [1], f: (x) => x / (1 + Math.exp(-x)), ulps: 4, flushes: 128 * SMALLEST },
  { kernel: 'f32_mish', f: (x) => x * Math.tanh(Math.log1p(Math.exp(x))), ulps: 6, flushes: 128 * SMALLEST },
  { kernel: 'f32_elu', scalars: [1], f: (x) => (x < 0 ? Math.expm1(x) : x), ulps: 3, flushes: SMALLEST },
  { kernel: 'f32_softsign', f: (x) => x / (1 + Math.abs(x)), ulps: 2, flushes: 0 },
];

describe.each(builds)('error in ulp over the finite range (%s)', (build) => {
  const x = sweep();
  it.each(bounds)('$kernel within $ulps', ({ kernel, scalars = [], f, ulps, flushes }) => {
    const y = run(build, kernel, scalars, [x]);
    let worst = 0;
    for (let i = 0; i < x.length; i++) {
      const want = f(x[i]);
      if (Number.isNaN(want)) expect(y[i]).toBeNaN();
      else if (Math.abs(want) < flushes) expect(Math.abs(y[i])).toBeLessThanOrEqual(flushes);
      else if (Math.fround(want) !== y[i]) worst = Math.max(worst, Math.abs(y[i] - want) / ulp(want));
    }
    expect(worst).toBeLessThanOrEqual(ulps);
  });
});

const edges = Float32Array.of(
  0,
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  -1,
  1,
  1000,
  -1000,
);
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const atEdges: readonly [kernel: string, scalars: number[], want: number[]][] = [
  ['f32_exp', [], [1, 1, inf, 0, nan, Math.fround(Math.exp(-1)), Math.fround(Math.E), inf, 0]],
  ['f32_log', [], [-inf, -inf, inf, nan, nan, nan, 0, Math.fround(Math.log(1000)), nan]],
  ['f32_erf', [], [0, -0, 1, -1, nan, Math.fround(erf(-1)), Math.fround(erf(1)), 1, -1]],
  ['f32_tanh', [], [0, -0, 1, -1, nan, Math.fround(Math.tanh(-1)), Math.fround(Math.tanh(1)), 1, -1]],
  ['f32_relu', [], [0, -0, inf, 0, nan, 0, 1, 1000, 0]],
  ['f32_leaky_relu', [0.5], [0, -0, inf, -inf, nan, -0.5, 1, 1000, -500]],
  ['f32_clip', [-2, 3], [0, -0, 3, -2, nan, -1, 1, 3, -2]],
  ['f32_abs', [], [0, 0, inf, inf, nan, 1, 1, 1000, 1000]],
  ['f32_neg', [], [-0, 0, -inf, inf, nan, 1, -1, -1000, 1000]],
  ['f32_sign', [], [0, -0, 1, -1, nan, -1, 1, 1, -1]],
  ['f32_sqrt', [], [0, -0, inf, nan, nan, nan, 1, Math.fround(Math.sqrt(1000)), nan]],
  ['f32_hard_sigmoid', [0.25, 0.5], [0.5, 0.5, 1, 0, nan, 0.25, 0.75, 1, 0]],
  ['f32_thresholded_relu', [1], [0, 0, inf, 0, 0, 0, 0, 1000, 0]],
  ['f32_elu', [2], [0, -0, inf, -2, nan, Math.fround(2 * Math.expm1(-1)), 1, 1000, -2]],
  ['f32_selu', [2, 0.5], [0, 0, inf, -1, nan, Math.fround(Math.expm1(-1)), 0.5, 500, -1]],
  [
    'f32_softplus',
    [],
    [
      Math.fround(Math.LN2),
      Math.fround(Math.LN2),
      inf,
      0,
      nan,
      Math.fround(Math.log1p(Math.exp(-1))),
      Math.fround(Math.log1p(Math.E)),
      1000,
      0,
    ],
  ],
  ['f32_floor', [], [0, -0, inf, -inf, nan, -1, 1, 1000, -1000]],
  ['f32_reciprocal', [], [inf, -inf, 0, -0, nan, -1, 1, Math.fround(0.001), Math.fround(-0.001)]],
];

describe.each(builds)('edges (%s)', (build) => {
  it.each(atEdges)('%s', (kernel, scalars, want) => {
    const got = run(build, kernel, scalars, [edges]);
    got.forEach((y, i) => {
      const near = Number.isFinite(want[i]) && !Number.isInteger(want[i]);
      if (near) expect(Math.abs(y - want[i])).toBeLessThanOrEqual(2 * ulp(want[i]));
      else expect(Object.is(y, want[i]) || y === want[i] || (Number.isNaN(y) && Number.isNaN(want[i]))).toBe(true);
    });
  });

  it('keeps NaN with any payload', () => {
    const x = new Float32Array(Uint32Array.of(0x7fc00001, 0xffc01234, 0x7fffffff, 0x7fc00000).buffer);
    for (const kernel of ['f32_exp', 'f32_log', 'f32_erf', 'f32_tanh', 'f32_sigmoid', 'f32_gelu', 'f32_gelu_tanh'])
      for (const y of run(build, kernel, [], [x])) expect([kernel, y]).toEqual([kernel, Number.NaN]);
  });
});

/** What each row's op says, by its reference. */
const cases = unary.map((row) => {
  const sample = samples.find((s) => s.op === row.op && typeof row.match(requestOf(s).request) !== 'string');
  return { name: row.name, row, sample };
});

describe.each(builds)('every length and alignment (%s)', (build) => {
  it.each(cases)('$name', ({ row, sample }) => {
    if (!sample) throw new Error(`${row.name} has no sample`);
    const op = ops.get(row.op) ?? expect.fail();
    const { request } = requestOf(sample);
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 231]) {
      const values = request.inputs.map((_, i) =>
        gaussian(n + i, n).map((x) => (row.op === 'log' || row.op === 'sqrt' ? Math.abs(x) : x)),
      );
      const types = values.map(() => ({ dtype: 'float32' as const, shape: [n] }));
      const inputs = values.map((data, i) => ({ ...types[i], data, layout: 'rows' }));
      const call = {
        node: { op: row.op, name: 'n', inputs: [], outputs: [], attributes: {} },
        attributes: request.attributes,
        types,
        constants: [],
      };
      const arrays = values.map((data, i) => ({ ...types[i], data: Float64Array.from(data) }));
      const [want] = op.reference(call, arrays, [types[0]]);
      const outputs = [{ ...types[0], layout: 'rows' }];
      const got = runRow(row, { ...request, inputs, outputs }, build, { align: n % 2 === 0 ? 4 : 8 });
      if (typeof got === 'string') throw new Error(got);
      expect(distance(got.outputs[0] as Float32Array, want)).toBeLessThan(1e-6);
    }
  });
});

describe('panels', () => {
  it('are read and written as they lie, except by functions that padding could overflow', () => {
    for (const { row, sample } of cases) {
      if (!sample) throw new Error(`${row.name} has no sample`);
      const { request } = requestOf(sample);
      const shape = [2, 7, 5];
      const inputs = request.inputs.map((_, i) => ({
        dtype: 'float32' as const,
        shape,
        layout: 'panels8',
        data: gaussian(9 + i, 70).map(Math.abs),
      }));
      const outputs = [{ dtype: 'float32' as const, shape, layout: 'rows' }];
      const inPanels = runRow(row, { ...request, inputs, outputs }, 'simd');
      const plain = runRow(row, { ...request, inputs: inputs.map((x) => ({ ...x, layout: 'rows' })), outputs }, 'simd');
      if (typeof inPanels === 'string' || typeof plain === 'string') throw new Error('no match');
      const stays = ['exp', 'log', 'sqrt', 'reciprocal'].includes(row.op);
      expect([row.name, inPanels.writes[0]]).toEqual([row.name, stays ? 'rows' : 'panels8']);
      expect(inPanels.outputs[0]).toEqual(plain.outputs[0]);
    }
  });
});

testRows(unary);
