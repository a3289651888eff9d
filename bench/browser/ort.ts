/** onnxruntime-web on one thread, in a worker of its own. */
import * as ort from 'onnxruntime-web/wasm';
import type { Answer, Question } from './messages.ts';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('./onnxruntime.wasm', location.href).href };
ort.env.logLevel = 'error';

let session: ort.InferenceSession | undefined;
let feeds: Record<string, ort.Tensor> = {};

async function answer(question: Question): Promise<Answer> {
  if ('load' in question) {
    await session?.release();
    session = await ort.InferenceSession.create(question.load);
    feeds = { [session.inputNames[0]]: new ort.Tensor('float32', question.data, question.dims) };
    const results = await session.run(feeds);
    return { version: ort.env.versions.web ?? '', output: results[session.outputNames[0]].data as Float32Array };
  }
  if (!session) throw new Error('want a model first');
  const start = performance.now();
  for (let i = 0; i < question.time; i++) await session.run(feeds);
  return { microseconds: ((performance.now() - start) * 1000) / question.time };
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  answer(data).then(postMessage, (error: unknown) => postMessage({ error: String(error) }));
});
