/** Runs a model with onnxruntime-web: the independent judge of what we write. */
import * as ort from 'onnxruntime-web';
import { fromDoubles, isDType, type TypedArray, toDoubles } from '../../src/core/dtype.ts';
import type { NdArray } from '../../src/ops/op.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Every output by name. */
export async function runOnnx(bytes: Uint8Array, feeds: ReadonlyMap<string, NdArray>): Promise<Map<string, NdArray>> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' });
  const tensors: Record<string, ort.Tensor> = {};
  for (const [name, { dtype, shape, data }] of feeds)
    tensors[name] = new ort.Tensor(dtype as 'float32', fromDoubles(dtype, data) as Float32Array, [...shape]);
  const results = await session.run(tensors);
  const outputs = new Map<string, NdArray>();
  for (const [name, { type, dims, data }] of Object.entries(results)) {
    if (!isDType(type)) throw new Error(`output "${name}" has type ${type}`);
    outputs.set(name, { dtype: type, shape: dims, data: toDoubles(data as TypedArray) });
  }
  await session.release();
  return outputs;
}
