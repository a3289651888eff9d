/** What models say about images, and how to compare what two of them say. */
import { type FormatChoice, type Graph, InferenceSession, Tensor } from 'lacewing';
import { type Images, PIXELS } from './mnist.ts';

export const CLASSES = 10;
const BATCH = 500;

export type Runner = (pixels: Float32Array, dims: readonly number[]) => Promise<Float32Array>;

export function runnerOf(session: InferenceSession): Runner {
  return async (pixels, dims) => {
    const results = await session.run({ [session.inputNames[0]]: new Tensor('float32', pixels, dims) });
    return results[session.outputNames[0]].data as Float32Array;
  };
}

/** Logits [count][10] of all images, `item` being the extents of one. */
export async function logitsOf(run: Runner, { count, pixels }: Images, item: readonly number[]): Promise<Float32Array> {
  const logits = new Float32Array(count * CLASSES);
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    logits.set(await run(pixels.subarray(from * PIXELS, to * PIXELS), [to - from, ...item]), from * CLASSES);
  }
  return logits;
}

/** Share of images whose largest logit is not that of their label. */
export function errorOf(logits: Float32Array, labels: Int32Array): number {
  let wrong = 0;
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let i = 1; i < CLASSES; i++) if (logits[row * CLASSES + i] > logits[row * CLASSES + best]) best = i;
    if (best !== labels[row]) wrong++;
  }
  return wrong / labels.length;
}

/** Whether two arrays hold the same bits. */
export function identical(a: Float32Array, b: Float32Array): boolean {
  const bits = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);
  const left = bits(a);
  const right = bits(b);
  return left.length === right.length && left.every((word, i) => word === right[i]);
}

/** The largest difference of two logits, in parts of the largest logit of the same image. */
export function distance(a: Float32Array, b: Float32Array): number {
  let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let row = 0; row < a.length; row += CLASSES) {
    let scale = 0;
    let apart = 0;
    for (let i = row; i < row + CLASSES; i++) {
      scale = Math.max(scale, Math.abs(b[i]));
      apart = Math.max(apart, Math.abs(a[i] - b[i]));
    }
    worst = Math.max(worst, apart === 0 ? 0 : apart / scale);
  }
  return worst;
}

/** Test error of a graph that runs in the given format. */
export async function errorWith(
  graph: Graph,
  format: FormatChoice,
  images: Images,
  item: readonly number[],
): Promise<number> {
  using session = await InferenceSession.create(graph, { format });
  return errorOf(await logitsOf(runnerOf(session), images, item), images.labels);
}
