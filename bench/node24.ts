/** Lacewing in another Node, as a peer process. */
import { type FormatChoice, InferenceSession, Tensor } from 'lacewing';
import { answerQuestions } from '../examples/demo/peer.ts';
import { stepper } from './step.ts';

type Question =
  | { readonly load: string; readonly format: FormatChoice }
  | { readonly feed: { readonly data: readonly number[]; readonly dims: readonly number[] } }
  | { readonly train: { readonly sparsity: number } }
  | { readonly time: number };

let session: InferenceSession | undefined;
let time: ((runs: number) => Promise<number>) | undefined;

answerQuestions(async (question: Question) => {
  if ('load' in question) {
    session = await InferenceSession.create(question.load, { format: question.format });
    return `${process.versions.node} (${session.info().build})`;
  }
  if ('feed' in question) {
    if (!session) throw new Error('want a model first');
    const runner = session;
    const { data, dims } = question.feed;
    const feeds = { [runner.inputNames[0]]: new Tensor('float32', Float32Array.from(data), dims) };
    time = async (runs) => {
      const start = performance.now();
      for (let i = 0; i < runs; i++) await runner.run(feeds);
      return ((performance.now() - start) * 1000) / runs;
    };
    return true;
  }
  if ('train' in question) {
    const steps = await stepper(question.train.sparsity);
    time = async (runs) => steps.time(runs);
    return process.versions.node;
  }
  if (!time) throw new Error('want an input first');
  return time(question.time);
});
