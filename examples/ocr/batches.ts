/** Batches of lines of one width, in an order that follows from seed and epoch. */
import { type AnyTensor, Tensor } from 'lacewing';
import type { Batch } from 'lacewing/train';
import { logitsOf, type Taught } from './answers.ts';
import { WIDTHS } from './lines.ts';
import { batchOfLines } from './model.ts';
import { dice, shuffled } from './random.ts';

/** Pixels of width in a batch: eight of the narrow lines, fewer of the wide ones. */
const BATCH_WIDTH = 8 * 320;

/** Numbers of the lines of each batch. What does not fill a batch waits for another epoch. */
export function batchesOf(widths: readonly number[], seed: number, epoch: number): number[][] {
  const chance = dice(seed, 0xba7c + epoch);
  const order = shuffled(widths.length, chance);
  const batches: number[][] = [];
  for (const width of WIDTHS) {
    const own = order.filter((i) => widths[i] === width);
    const size = Math.floor(BATCH_WIDTH / width);
    for (let from = 0; from + size <= own.length; from += size) batches.push(own.slice(from, from + size));
  }
  return shuffled(batches.length, chance).map((i) => batches[i]);
}

/** @param logits the value whose place the teacher's logits take */
export function batchOf(lines: readonly Taught[], input: string, logits: string, classes: number): Batch {
  const answers: Record<string, AnyTensor> = { [logits]: logitsOf(lines, classes) };
  for (const [name, { dims, data }] of lines[0].features) {
    const all = new Float32Array(lines.length * data.length);
    lines.forEach(({ features }, i) => {
      all.set(features.get(name)?.data ?? [], i * data.length);
    });
    answers[name] = new Tensor('float32', all, [lines.length, ...dims]);
  }
  const images = lines.map(({ image }) => image);
  return { inputs: { [input]: batchOfLines(images, lines[0].width) }, answers };
}
