/** Made-up runs of one layer. */
import type { LayerRun } from '../../bench/layers/run.ts';

export function run(given: Partial<LayerRun>): LayerRun {
  return {
    ...{ layer: 'T=128, 768→3072', kind: 'product', columns: 128, inputs: 768, outputs: 3072 },
    ...{ engine: 'lacewing', version: 'simd', pattern: 'dense', sparsity: 0, threads: 1, kernel: 'f32_gemm_4x8' },
    ...{ min: 1000, median: 1100, flops: 4e7 },
    ...given,
  } as const;
}

export const web = (given: Partial<LayerRun> = {}) =>
  run({ engine: 'onnxruntime-web', version: '1.2.3', kernel: '', min: 2000, median: 2100, ...given });

export const ninety = (min: number, given: Partial<LayerRun> = {}) =>
  run({ pattern: 'unstructured', sparsity: 0.9, min, median: min, flops: 4e6, ...given });
