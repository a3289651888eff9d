/** The same model by native onnxruntime, of bench/peers: what the lines are compared with. */
import { createRequire } from 'node:module';
import type { Image } from './raster.ts';
import { type Recognized, toInput, toText } from './read.ts';

/** What we call of onnxruntime-node, which is not there when types are checked. */
interface Onnxruntime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Record<string, object>): Promise<Record<string, Recognized>>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

export async function onnxruntimeReader(
  model: Uint8Array,
  characters: readonly string[],
  input: (line: Image) => { readonly data: Float32Array; readonly dims: readonly number[] } = toInput,
): Promise<(line: Image) => Promise<string>> {
  const peers = createRequire(new URL('../../bench/peers/package.json', import.meta.url));
  const ort = peers('onnxruntime-node') as Onnxruntime;
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  return async (line) => {
    const { data, dims } = input(line);
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', data, dims) });
    return toText(results[session.outputNames[0]], characters);
  };
}
