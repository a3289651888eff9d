import { readFileSync } from 'node:fs';
import { complementaryErrorFunction, errorFunction } from '../../src/ops/erf.ts';
import { instantiate } from '../../src/runtime/instance.ts';
import { table } from './markdown.ts';

const functions: readonly { readonly kernel: string; readonly truth: (x: number) => number }[] = [
  { kernel: 'f32_exp', truth: Math.exp },
  { kernel: 'f32_log', truth: Math.log },
  { kernel: 'f32_erf', truth: (x) => (x > 1 ? 1 - complementaryErrorFunction(x) : errorFunction(x)) },
  { kernel: 'f32_tanh', truth: Math.tanh },
  { kernel: 'f32_sigmoid', truth: (x) => 1 / (1 + Math.exp(-x)) },
];

/** Every 4999th finite float: all exponents, both signs. */
function sweep(): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / 4999) }, (_, i) => i * 4999);
  return new Float32Array(bits.buffer).filter(Number.isFinite);
}

/** Spacing of floats at x, which is normal. */
function spacing(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);
}

/** The largest error of each function over the sweep, in units of the result's last place, and where it is. */
export function errorTable(): string {
  const x = sweep();
  const { kernels, heap } = instantiate(new WebAssembly.Module(readFileSync('build/wasm/kernels.simd.wasm')));
  const [from, to] = ['x', 'y'].map((what) => heap.allocate(x.byteLength, what));
  (heap.view('float32', from, x.length) as Float32Array).set(x);
  const lines = functions.map(({ kernel, truth }) => {
    kernels[kernel](x.length, from, to);
    const y = heap.view('float32', to, x.length) as Float32Array;
    let [worst, at] = [0, 0];
    x.forEach((value, i) => {
      const want = truth(value);
      // Results that are no normal numbers may be flushed to zero; infinities and NaN are tested elsewhere.
      if (!(Math.abs(want) >= 2 ** -126 && Math.abs(Math.fround(want)) < Number.POSITIVE_INFINITY)) return;
      const error = Math.abs(y[i] - want) / spacing(want);
      if (error > worst) [worst, at] = [error, value];
    });
    return [`\`${kernel}\``, worst.toFixed(2), at.toPrecision(6)];
  });
  return table([['kernel', 'largest error, ulp', 'at x ='], ...lines]);
}
