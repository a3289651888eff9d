/** onnxruntime-web on one thread, as a peer process. */
import { readFileSync } from 'node:fs';
import { answerQuestions } from '../../examples/demo/peer.ts';
import { answers, type Open, type Runner } from './questions.ts';

// Its memory is its own affair: noted as it is made, before the engine is there.
const memories: WebAssembly.Memory[] = [];
class NotedMemory extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
}
WebAssembly.Memory = NotedMemory;

const ort = await import('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

async function load(bytes: Uint8Array, { feeds }: Open): Promise<Runner> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new ort.Tensor(type as 'float32', data as Float32Array, dims),
    ]),
  );
  return {
    version: ort.env.versions.web ?? '',
    run: async () => {
      const results = await session.run(tensors);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => [
          name,
          { type, dims, data: data as Float32Array },
        ]),
      );
    },
    heap: () => (memories.length === 0 ? undefined : memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)),
    dispose: () => session.release(),
  };
}

answerQuestions(answers(load, (path) => new Uint8Array(readFileSync(path))));
