/** Native onnxruntime on one thread, as a peer process. */
import * as ort from 'onnxruntime-node';
import { answerQuestions } from '../../examples/demo/peer.ts';

type Question =
  | { readonly load: string }
  | { readonly run: { readonly data: Float32Array; readonly dims: readonly number[] } }
  /** Keeps an input for `time`. */
  | { readonly feed: { readonly data: Float32Array; readonly dims: readonly number[] } }
  | { readonly time: number };

let session: ort.InferenceSession | undefined;
let feeds: Record<string, ort.Tensor> | undefined;

answerQuestions(async (question: Question) => {
  if ('load' in question) {
    session = await ort.InferenceSession.create(question.load, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    return ort.env.versions.node;
  }
  if (!session) throw new Error('want a model first');
  if ('run' in question) {
    const { data, dims } = question.run;
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', data, dims) });
    return results[session.outputNames[0]].data;
  }
  if ('feed' in question) {
    feeds = { [session.inputNames[0]]: new ort.Tensor('float32', question.feed.data, question.feed.dims) };
    return true;
  }
  if (!feeds) throw new Error('want an input first');
  const start = performance.now();
  for (let i = 0; i < question.time; i++) await session.run(feeds);
  return ((performance.now() - start) * 1000) / question.time;
});
