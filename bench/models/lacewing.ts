/** Lacewing as a peer process. */
import { readFileSync } from 'node:fs';
import { type AnyTensor, type DType, InferenceSession, init, Tensor, type TensorData } from 'lacewing';
import { answerQuestions } from '../../examples/demo/peer.ts';
import { answers, type Open, type Runner } from './questions.ts';

async function load(bytes: Uint8Array, { feeds, build }: Open): Promise<Runner> {
  if (build) await init({ build });
  const session = await InferenceSession.create(bytes);
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new Tensor(type as DType, data as TensorData[DType], dims) as AnyTensor,
    ]),
  );
  return {
    version: session.info().build,
    run: () => session.run(tensors),
    heap: () => session.info().memory.size,
    dispose: async () => session.dispose(),
  };
}

answerQuestions(answers(load, (path) => new Uint8Array(readFileSync(path))));
