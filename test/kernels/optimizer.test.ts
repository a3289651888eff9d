import { describe, expect, it } from 'vitest';
import { optimizer } from '../../src/kernels/optimizer.ts';
import { ops } from '../../src/ops/table.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { testRows } from './run-row.ts';

const sizes = [0, 1, 3, 4, 7, 33];

/** The op's reference over a plain weight. */
function expected(op: string, attributes: Record<string, number | boolean>, inputs: Float32Array[]): Float64Array[] {
  const arrays = inputs.map(
    (data) => ({ dtype: 'float32', shape: [data.length], data: Float64Array.from(data) }) as const,
  );
  const call = {
    node: { op, name: 'n', inputs: [], outputs: [], attributes: {} },
    attributes,
    types: arrays,
    constants: [],
  };
  return (ops.get(op) ?? expect.fail()).reference(call, arrays, []);
}

describe.each(builds)('sgd (%s)', (build) => {
  it.each([
    { momentum: 0, nesterov: false, weightDecay: 0 },
    { momentum: 0.9, nesterov: false, weightDecay: 0.01 },
    { momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  ])('$momentum $nesterov $weightDecay, in place and not', (attributes) => {
    const { momentum, nesterov, weightDecay } = attributes;
    for (const n of sizes) {
      const [w, g, m] = [gaussian(1, n), gaussian(2, n), gaussian(3, n)];
      const lr = Float32Array.of(0.1);
      const [wantW, wantM] = expected('sgd', attributes, [w, g, lr, m]);
      const args = [n, momentum, Number(nesterov), weightDecay];
      const like = new Float32Array(n);
      const bench = place(build, [lr, w, g, m, like, like], 4);
      const [rate, at, dw, state, out, outM] = bench.at;
      bench.exports.f32_sgd(...args, rate, at, dw, state, out, outM);
      expect(distance(bench.read(4, like), wantW)).toBeLessThan(1e-6);
      expect(distance(bench.read(5, like), wantM)).toBeLessThan(1e-6);
      bench.exports.f32_sgd(...args, rate, at, dw, state, at, state);
      bench.release();
      expect(bench.read(1, like)).toEqual(bench.read(4, like));
      expect(bench.read(3, like)).toEqual(bench.read(5, like));
    }
  });

  it('needs no momentum', () => {
    const [w, g] = [gaussian(1, 7), gaussian(2, 7)];
    const bench = place(build, [Float32Array.of(0.5), g, w]);
    bench.exports.f32_sgd(7, 0, 0, 0.25, bench.at[0], bench.at[2], bench.at[1], 0, bench.at[2], 0);
    bench.release();
    expect(
      distance(
        bench.read(2, w),
        w.map((value, i) => value - 0.5 * (g[i] + 0.25 * value)),
      ),
    ).toBeLessThan(1e-6);
  });
});

describe.each(builds)('adam (%s)', (build) => {
  it.each([
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false },
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, decoupled: false },
    { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, decoupled: true },
  ])('$beta1 $beta2 $weightDecay $decoupled over three steps', (attributes) => {
    const { beta1, beta2, epsilon, weightDecay, decoupled } = attributes;
    for (const n of sizes) {
      let [w, m, v] = [gaussian(1, n), new Float32Array(n), new Float32Array(n)];
      const lr = Float32Array.of(0.01);
      for (let step = 1; step <= 3; step++) {
        const g = gaussian(step + 1, n);
        const corrections = [Float32Array.of(1 - beta1 ** step), Float32Array.of(1 - beta2 ** step)];
        const want = expected('adam', attributes, [w, g, lr, ...corrections, m, v]);
        const bench = place(build, [lr, ...corrections, g, m, v, w], 4);
        const [rate, c1, c2, dw, first, second, at] = bench.at;
        bench.exports.f32_adam(
          n,
          beta1,
          beta2,
          epsilon,
          weightDecay,
          Number(decoupled),
          rate,
          c1,
          c2,
          at,
          dw,
          first,
          second,
          at,
          first,
          second,
        );
        bench.release();
        [w, m, v] = [bench.read(6, w), bench.read(4, m), bench.read(5, v)];
        [w, m, v].forEach((got, i) => {
          expect(distance(got, want[i])).toBeLessThan(2e-6);
        });
      }
    }
  });
});

testRows(optimizer);
