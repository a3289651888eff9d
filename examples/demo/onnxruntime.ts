/** onnxruntime-web on one thread, as a peer process. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { answerQuestions } from './peer.ts';

export type Question =
  | { readonly load: string }
  | { readonly run: { readonly data: Float32Array; readonly dims: readonly number[] } }
  /** Keeps an input for `time`. */
  | { readonly feed: { readonly data: Float32Array; readonly dims: readonly number[] } }
  | { readonly time: number };

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

let session: ort.InferenceSession | undefined;
let feed: ort.Tensor | undefined;

answerQuestions(async (question: Question) => {
  if ('load' in question) {
    session = await ort.InferenceSession.create(new Uint8Array(readFileSync(question.load)));
    return ort.env.versions.web;
  }
  if (!session) throw new Error('want a model first');
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  if ('run' in question) {
    const { data, dims } = question.run;
    const results = await session.run({ [input]: new ort.Tensor('float32', data, dims) });
    return Float32Array.from(results[output].data as Float32Array);
  }
  if ('feed' in question) {
    feed = new ort.Tensor('float32', question.feed.data, question.feed.dims);
    return undefined;
  }
  if (!feed) throw new Error('want an input first');
  const feeds = { [input]: feed };
  const start = performance.now();
  for (let i = 0; i < question.time; i++) await session.run(feeds);
  return ((performance.now() - start) * 1000) / question.time;
});
