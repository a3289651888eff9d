/** The pruned model beside onnxruntime-web on the dense one: one thread, run in turns, the least of each. */
import { type Graph, InferenceSession, Tensor } from 'lacewing';
import ort from 'onnxruntime-web';
import { HEIGHT, WIDTHS } from './lines.ts';
import { modelBytes } from './model.ts';

/** Milliseconds for a line of the least width. */
export interface Speed {
  readonly lacewing: number;
  readonly peer: number;
}

const ROUNDS = 40;

export async function speedOf(graph: Graph): Promise<Speed> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const dims = [1, 3, HEIGHT, WIDTHS[0]];
  const data = Float32Array.from({ length: 3 * HEIGHT * WIDTHS[0] }, (_, i) => Math.sin(i * i));
  const peer = await ort.InferenceSession.create(modelBytes(), { executionProviders: ['wasm'] });
  using session = await InferenceSession.create(graph);
  const feeds = { [session.inputNames[0]]: new Tensor('float32', data, dims) };
  const peerFeeds = { [peer.inputNames[0]]: new ort.Tensor('float32', data, dims) };
  const least = { lacewing: Number.POSITIVE_INFINITY, peer: Number.POSITIVE_INFINITY };
  const time = async (who: keyof typeof least, run: () => Promise<unknown>) => {
    const begin = performance.now();
    await run();
    least[who] = Math.min(least[who], performance.now() - begin);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await time('lacewing', () => session.run(feeds));
    await time('peer', () => peer.run(peerFeeds));
  }
  await peer.release();
  return least;
}
