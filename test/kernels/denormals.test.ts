/** Kernels that make numbers out of sums, products and exponentials put denormals to 0: they would slow whatever reads them. */
import { describe, expect, it } from 'vitest';
import { gemmKernels } from '../../src/kernels/gemm.ts';
import { sddmmKernels } from '../../src/kernels/sddmm.ts';
import { spmmKernels } from '../../src/kernels/spmm-matmul.ts';
import { spmvKernels } from '../../src/kernels/spmv.ts';
import { builds, place } from './harness.ts';
import { requestOf, run } from './run-match.ts';
import { encodings, weight } from './weights.ts';

const SMALLEST = 2 ** -126;
const tiny = (length: number) => Float32Array.from({ length }, (_, i) => (i % 2 ? -1e-20 : 1e-20));

/** Normal numbers in, some of whose products are not. */
const sweep = Float32Array.from({ length: 401 }, (_, i) => -14 + i / 100);

function denormals(numbers: Float32Array): number {
  return numbers.filter((x) => x !== 0 && Math.abs(x) < SMALLEST).length;
}

describe.each(builds)('%s build', (build) => {
  it.each([1, 2, 4, 7, 20])('products of %i rows', (t) => {
    const x = { shape: [t, 24], data: tiny(t * 24) };
    const dense = { op: 'matmul', inputs: [x, { shape: [24, 19], data: tiny(24 * 19) }], outputs: [[t, 19]] };
    for (const kernel of gemmKernels) expect(run(build, kernel, dense)[0]).toEqual(new Float32Array(t * 19));
    for (const encoding of encodings) {
      const constant = weight([24, 19], 1, encoding, 0.6);
      constant.values.set(tiny(constant.values.length));
      const inputs = [x, { shape: [24, 19], constant }];
      for (const kernel of [...spmmKernels, ...spmvKernels]) {
        const node = { op: 'matmul', inputs, outputs: [[t, 19]] };
        if (typeof kernel.match(requestOf(node)) === 'string') continue;
        expect(
          run(build, kernel, node)[0].every((v) => v === 0),
          kernel.name,
        ).toBe(true);
      }
      const gradient = {
        op: 'sddmm',
        inputs: [x, { shape: [t, 19], data: tiny(t * 19) }, inputs[1]],
        outputs: [[constant.values.length]],
      };
      for (const kernel of sddmmKernels) {
        if (typeof kernel.match(requestOf(gradient)) === 'string') continue;
        expect(
          run(build, kernel, gradient)[0].every((v) => v === 0),
          kernel.name,
        ).toBe(true);
      }
    }
  });

  it.each(['f32_gelu', 'f32_gelu_tanh', 'f32_sigmoid', 'f32_exp'])('%s', (name) => {
    const far = sweep.map((x) => (name.includes('gelu') ? x : x * 7));
    const { exports, at, read } = place(build, [far, new Float32Array(far.length)]);
    exports[name](far.length, at[0], at[1]);
    const out = read(1, far);
    expect(denormals(out)).toBe(0);
    expect(out.some((x) => x !== 0)).toBe(true);
  });

  it.each(['f32_gelu_grad', 'f32_gelu_tanh_grad', 'f32_sigmoid_grad', 'f32_tanh_grad', 'f32_hard_swish_grad'])(
    '%s',
    (name) => {
      const dy = sweep.map((_, i) => 2 ** -(100 + (i % 40)));
      const x = name.startsWith('f32_gelu') ? sweep : sweep.map((v) => (v + 12) / 4);
      const { exports, at, read } = place(build, [dy, x, new Float32Array(x.length)]);
      exports[name](x.length, at[0], at[1], at[2]);
      expect(denormals(read(2, x))).toBe(0);
    },
  );

  it('softmax and its gradients', () => {
    const n = sweep.length;
    const logits = Float32Array.from({ length: n }, (_, i) => -i / 4);
    const dy = sweep.map((_, i) => 2 ** -(i % 60));
    const { exports, at, read } = place(build, [logits, dy, Int32Array.of(3), Float32Array.of(1), ...outputs(4, n)]);
    const [x, g, label, one, y, dx, loss, dlogits] = at;
    exports.f32_softmax(1, n, x, y);
    exports.f32_softmax_grad(1, n, g, y, dx);
    for (const i of [4, 5]) expect(denormals(read(i, sweep))).toBe(0);
    expect(read(4, sweep).filter((p) => p !== 0).length).toBeGreaterThan(300);
    exports.f32_cross_entropy(1, n, 4, x, label, loss, y);
    exports.f32_cross_entropy_grad(1, n, 4, one, y, label, dlogits);
    for (const i of [4, 7]) expect(denormals(read(i, sweep))).toBe(0);
  });

  it('moments and velocities that fade', () => {
    const m = Float32Array.of(1.2e-38, 1.2e-38, -1.2e-38, 1.2e-38, 1.2e-38);
    const zeros = new Float32Array(5);
    const scalars = Float32Array.of(0.1, 0.1, 0.001);
    const { exports, at, read } = place(build, [scalars, zeros, zeros, m, m.map(Math.abs), ...outputs(3, 5)]);
    const [s, w, g, first, second, w1, m1, v1] = at;
    exports.f32_adam(5, 0.9, 0.9, 1e-8, 0, 0, s, s + 4, s + 8, w, g, first, second, w1, m1, v1);
    for (const i of [6, 7]) expect(read(i, m).every((x) => x === 0)).toBe(true);
    exports.f32_sgd(5, 0.9, 0, 0, s, w, g, first, w1, m1);
    expect(read(6, m).every((x) => x === 0)).toBe(true);
  });
});

const outputs = (count: number, length: number) => Array.from({ length: count }, () => new Float32Array(length));
