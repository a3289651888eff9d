/** Training batches: images in a seeded order, each moved a little in a seeded direction. */
import { Tensor } from 'lacewing';
import type { Batch, Dataset } from 'lacewing/train';
import { BACKGROUND, type Images, PIXELS, SIDE } from './mnist.ts';

export interface BatchOptions {
  /** Extents of one image as the model takes it: [784] or [1, 28, 28]. */
  readonly item: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  /** Images move by up to this many pixels along both axes. */
  readonly shift: number;
}

/** Starts an epoch's stream each time it is called; the n-th call gives the same batches for the same seed. */
export function batchesOf(images: Images, { item, batchSize, seed, shift }: BatchOptions): () => AsyncIterable<Batch> {
  const draw = generator(seed);
  return async function* () {
    const order = Uint32Array.from({ length: images.count }, (_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = draw(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    for (let from = 0; from < order.length; from += batchSize) {
      const rows = order.subarray(from, from + batchSize);
      const pixels = new Float32Array(rows.length * PIXELS);
      rows.forEach((row, i) => {
        const image = images.pixels.subarray(row * PIXELS, (row + 1) * PIXELS);
        const moved = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
        move(image, draw(2 * shift + 1) - shift, draw(2 * shift + 1) - shift, moved);
      });
      yield {
        inputs: { image: new Tensor('float32', pixels, [rows.length, ...item]) },
        targets: new Tensor(
          'int32',
          Int32Array.from(rows, (row) => images.labels[row]),
        ),
      };
    }
  };
}

/** All images as one dataset, unmoved and in order. */
export function datasetOf(images: Images, item: readonly number[]): Dataset {
  return {
    inputs: { image: new Tensor('float32', images.pixels, [images.count, ...item]) },
    targets: new Tensor('int32', images.labels),
  };
}

/** Writes the image moved right by `dx` and down by `dy`; what comes in at the edges is background. */
function move(image: Float32Array, dx: number, dy: number, out: Float32Array): void {
  if (dx === 0 && dy === 0) {
    out.set(image);
    return;
  }
  out.fill(BACKGROUND);
  const left = Math.max(0, dx);
  for (let y = Math.max(0, dy); y < Math.min(SIDE, SIDE + dy); y++) {
    const from = (y - dy) * SIDE;
    out.set(image.subarray(from + Math.max(0, -dx), from + SIDE - left), y * SIDE + left);
  }
}

/** Whole numbers below a bound from a counter that is mixed thoroughly (the finaliser of MurmurHash3). */
function generator(seed: number): (bound: number) => number {
  let counter = Math.imul(seed + 1, 0x9e3779b1);
  return (bound) => {
    counter = (counter + 0x9e3779b9) | 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return Math.floor((((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32) * bound);
  };
}
