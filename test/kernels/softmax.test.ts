import { describe, expect, it } from 'vitest';
import { softmax } from '../../src/kernels/softmax.ts';
import { ops } from '../../src/ops/table.ts';
import { builds, distance, gaussian, type Numbers, place } from './harness.ts';
import { runRow, testRows } from './run-row.ts';

const kernels: readonly [kernel: string, op: string, inputs: number][] = [
  ['f32_softmax', 'softmax', 1],
  ['f32_log_softmax', 'logSoftmax', 1],
  ['f32_softmax_grad', 'softmaxGrad', 2],
  ['f32_log_softmax_grad', 'logSoftmaxGrad', 2],
];

/** What the op's reference says about [rows][columns]. */
function expected(op: string, shape: number[], inputs: Float32Array[]): Float64Array {
  const type = { dtype: 'float32', shape } as const;
  const call = {
    node: { op, name: 'n', inputs: [], outputs: [], attributes: {} },
    attributes: { axis: -1 },
    types: inputs.map(() => type),
    constants: [],
  };
  const arrays = inputs.map((data) => ({ ...type, data: Float64Array.from(data) }));
  return (ops.get(op) ?? expect.fail()).reference(call, arrays, [type])[0];
}

describe.each(builds)('along rows (%s)', (build) => {
  it.each(kernels)('%s', (kernel, op, count) => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 0],
      [0, 5],
      [5, 2],
      [3, 3],
      [4, 4],
      [2, 7],
      [7, 33],
      [1, 1000],
    ]) {
      // The second input is a result: of a logarithm of a probability, below 0.
      const make = (i: number) => gaussian(i + columns, rows * columns).map((x) => (i === 0 ? 3 * x : -Math.abs(x)));
      const inputs = Array.from({ length: count }, (_, i) => make(i));
      const out = new Float32Array(rows * columns);
      for (const inPlace of [false, true]) {
        const bench = place(build, inPlace ? inputs : [...inputs, out], 4);
        const to = inPlace ? 0 : count;
        bench.exports[kernel](rows, columns, ...bench.at.slice(0, count), bench.at[to]);
        bench.release();
        expect(distance(bench.read(to, out), expected(op, [rows, columns], inputs))).toBeLessThan(3e-6);
      }
    }
  });

  it('is stable for large numbers and -inf, and spreads NaN over its row alone', () => {
    const x = Float32Array.of(1e4, 1e4 - 1, -1e4, Number.NEGATIVE_INFINITY, 1, 2, Number.NaN, 3);
    const bench = place(build, [x, x.slice()]);
    bench.exports.f32_softmax(2, 4, bench.at[0], bench.at[1]);
    const y = bench.read(1, x);
    expect(distance(y.slice(0, 4), [1 / (1 + Math.exp(-1)), 1 / (1 + Math.E), 0, 0])).toBeLessThan(1e-6);
    expect([...y.slice(4)].every(Number.isNaN)).toBe(true);
    bench.exports.f32_log_softmax(1, 4, bench.at[0], bench.at[1]);
    const l = bench.read(1, x).slice(0, 4);
    expect(
      distance(l, [
        -Math.log1p(Math.exp(-1)),
        -1 - Math.log1p(Math.exp(-1)),
        -2e4 - Math.log1p(Math.exp(-1)),
        Number.NEGATIVE_INFINITY,
      ]),
    ).toBeLessThan(1e-6);
  });
});

describe.each(builds)('cross entropy (%s)', (build) => {
  function labelsOf(labels: number[], bytes: number): Numbers {
    return bytes === 4 ? Int32Array.from(labels) : BigInt64Array.from(labels, BigInt);
  }

  it.each([4, 8])('of labels of %i bytes, and its gradient', (bytes) => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 2],
      [5, 10],
      [7, 33],
    ]) {
      const logits = gaussian(rows, rows * columns).map((x) => 4 * x);
      const labels = Array.from({ length: rows }, (_, r) => (r * 5) % columns);
      const dloss = Float32Array.of(0.75);
      const like = new Float32Array(rows * columns);
      const bench = place(build, [new Float32Array(1), logits, labelsOf(labels, bytes), dloss, like, like], 8);
      const [loss, x, l, d, p, g] = bench.at;
      expect(bench.exports.f32_cross_entropy(rows, columns, bytes, x, l, loss, p)).toBe(0);
      bench.exports.f32_cross_entropy_grad(rows, columns, bytes, d, p, l, g);
      bench.release();
      const probabilities = expected('softmax', [rows, columns], [logits]);
      const logs = labels.map((label, r) => -Math.log(probabilities[r * columns + label]));
      expect(distance(bench.read(0, new Float32Array(1)), [logs.reduce((a, b) => a + b, 0) / rows])).toBeLessThan(2e-6);
      expect(distance(bench.read(4, like), probabilities)).toBeLessThan(1e-6);
      const gradient = probabilities.map(
        (y, i) => ((y - Number(labels[Math.floor(i / columns)] === i % columns)) * 0.75) / rows,
      );
      expect(distance(bench.read(5, like), gradient)).toBeLessThan(1e-6);
      // In place of the probabilities.
      bench.exports.f32_cross_entropy_grad(rows, columns, bytes, d, p, l, p);
      expect(bench.read(4, like)).toEqual(bench.read(5, like));
    }
  });

  it.each([4, 8])('names the first label of %i bytes that is no class', (bytes) => {
    for (const bad of [-1, 3, 2 ** 31 - 1, ...(bytes === 8 ? [2 ** 32, -(2 ** 40)] : [])]) {
      const bench = place(build, [gaussian(1, 12), labelsOf([0, 2, bad, 5], bytes), new Float32Array(13)]);
      const [x, l, out] = bench.at;
      expect(bench.exports.f32_cross_entropy(4, 3, bytes, x, l, out, out + 4)).toBe(3);
      bench.exports.f32_cross_entropy_grad(4, 3, bytes, x, out + 4, l, out + 4);
      bench.release();
    }
  });

  it('says so in words', () => {
    const row = softmax.find(({ op }) => op === 'crossEntropy') ?? expect.fail();
    const run = runRow(
      row,
      {
        op: 'crossEntropy',
        attributes: {},
        inputs: [
          { dtype: 'float32', shape: [2, 3], layout: 'rows', data: gaussian(1, 6) },
          { dtype: 'int64', shape: [2], layout: 'rows', data: BigInt64Array.of(1n, 3n) },
        ],
        outputs: [{ dtype: 'float32', shape: [], layout: 'rows' }],
      },
      build,
    );
    expect(run).toMatchObject({ failure: 'want labels in [0, 3), got another at position 1' });
  });
});

testRows(softmax);
