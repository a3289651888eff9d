/**
 * What the teacher says to the training lines, once and for all: a file per 64 lines, so that a run that is stopped goes on where
 * it was. Of the shares of the 6625 classes the greatest are kept for each step, and the rest is spread evenly: that is less than
 * the rounding of what is kept.
 *
 *     <width>:pixels   [lines, 48, width]     grey, as drawn
 *     <width>:widths   [lines]                how much of it is line
 *     <width>:<value>  [lines, …]             a feature
 *     <width>:classes  [lines, steps, TOP]    of the greatest shares
 *     <width>:logs     [lines, steps, TOP]    their logarithms
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyTensor, Tensor } from 'lacewing';
import { readSafetensors, type SafeDType, type SafeTensor, writeSafetensors } from 'lacewing/file';
import { readFileBytes, writeFileAtomic } from 'lacewing/node';
import { Trainer } from 'lacewing/train';
import { progress } from '../demo/progress.ts';
import type { Image } from '../ocr-lines/raster.ts';
import { HEIGHT, linesOf, WIDTHS, widthFor } from './lines.ts';
import { batchOfLines, type Recognizer } from './model.ts';

const CHUNK = 64;
const AT_ONCE = 16;
const TOP = 12;
/** The most that the rest of the classes may have of a step: shares below are noise. */
const LEAST = 1e-7;

/** A training line with what the teacher says to it. */
export interface Taught {
  readonly width: number;
  readonly image: Image;
  readonly features: ReadonlyMap<string, { readonly dims: readonly number[]; readonly data: Float32Array }>;
  readonly classes: Uint16Array;
  readonly logs: Float32Array;
}

/** @param folder where the files are, or will be */
export async function taughtLines(
  folder: string,
  seed: number,
  count: number,
  recognizer: Recognizer,
): Promise<Taught[]> {
  const { graph, features } = recognizer;
  const chunks = Math.ceil(count / CHUNK);
  const path = (chunk: number) => join(folder, `lines-${seed}-${chunk}.safetensors`);
  const missing = Array.from({ length: chunks }, (_, i) => i).filter((chunk) => !existsSync(path(chunk)));
  if (missing.length > 0) {
    const bar = progress('teacher', missing.length * CHUNK);
    const lines = linesOf('training', seed);
    using teacher = await Trainer.create(graph, { teacher: { model: graph, features } });
    const begin = performance.now();
    for (const [done, chunk] of missing.entries()) {
      const images = Array.from({ length: CHUNK }, (_, i) => lines(chunk * CHUNK + i).image);
      await writeFileAtomic(path(chunk), writeSafetensors(answersTo(images, teacher, recognizer)));
      bar.update((done + 1) * CHUNK, timeLeft(begin, (done + 1) / missing.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
    bar.end(`${missing.length * CHUNK} lines`);
  }
  const taught: Taught[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) taught.push(...readChunk(await readFileBytes(path(chunk)), features));
  return taught;
}

/** `12:05 left` */
export function timeLeft(begin: number, share: number): string {
  const seconds = Math.round(((performance.now() - begin) / 1000) * (1 / Math.max(1e-6, share) - 1));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}

function answersTo(
  images: readonly Image[],
  teacher: Trainer,
  { graph, features }: Recognizer,
): Map<string, SafeTensor> {
  const tensors = new Map<string, SafeTensor>();
  const [input] = graph.inputs;
  for (const width of WIDTHS) {
    const own = images.filter((image) => widthFor(image) === width);
    const parts = new Map<string, AnyTensor[]>();
    const add = (name: string, tensor: AnyTensor) => parts.set(name, [...(parts.get(name) ?? []), tensor]);
    for (let from = 0; from < own.length; from += AT_ONCE) {
      const some = own.slice(from, from + AT_ONCE);
      const answers = teacher.answers({ [input.name]: batchOfLines(some, width) });
      for (const name of features) add(name, answers[name]);
      const { classes, logs } = greatest(answers[logitsName(teacher, features)]);
      add('classes', classes);
      add('logs', logs);
    }
    if (own.length === 0) continue;
    for (const [name, some] of parts) tensors.set(`${width}:${name}`, stored(some));
    const pixels = new Uint8Array(own.length * HEIGHT * width);
    own.forEach((image, i) => {
      for (let y = 0; y < HEIGHT; y++)
        pixels.set(image.pixels.subarray(y * image.width, (y + 1) * image.width), (i * HEIGHT + y) * width);
    });
    tensors.set(`${width}:pixels`, { dtype: 'U8', shape: [own.length, HEIGHT, width], bytes: pixels });
    const widths = Uint8Array.from(new Uint8Array(Int32Array.from(own, (image) => image.width).buffer));
    tensors.set(`${width}:widths`, { dtype: 'I32', shape: [own.length], bytes: widths });
  }
  return tensors;
}

/** The value that is compared beside the features. */
export function logitsName({ compared }: Trainer, features: readonly string[]): string {
  const [logits] = compared.filter((name) => !features.includes(name));
  return logits;
}

function stored(parts: readonly AnyTensor[]): SafeTensor {
  const [{ type, dims }] = parts;
  const rows = parts.reduce((sum, part) => sum + part.dims[0], 0);
  const bytes = Buffer.concat(parts.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
  return { dtype: type === 'float32' ? 'F32' : ('U16' as SafeDType), shape: [rows, ...dims.slice(1)], bytes };
}

/** The classes with the greatest shares of each step, and the logarithms of these. */
export function greatest({ data, dims }: AnyTensor): { readonly classes: AnyTensor; readonly logs: AnyTensor } {
  const [lines, steps, count] = dims;
  const logits = data as Float32Array;
  const [classes, logs] = [new Uint16Array(lines * steps * TOP), new Float32Array(lines * steps * TOP)];
  for (let row = 0; row < lines * steps; row++) {
    const own = logits.subarray(row * count, (row + 1) * count);
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) if (own[i] > top) top = own[i];
    let sum = 0;
    const near: number[] = [];
    for (let i = 0; i < count; i++) {
      sum += Math.exp(own[i] - top);
      if (own[i] > top - 20) near.push(i);
    }
    for (let i = 0; near.length < TOP; i++) if (own[i] <= top - 20) near.push(i);
    near.sort((a, b) => own[b] - own[a]);
    for (let k = 0; k < TOP; k++) {
      classes[row * TOP + k] = near[k];
      logs[row * TOP + k] = own[near[k]] - top - Math.log(sum);
    }
  }
  const shape = [lines, steps, TOP];
  return { classes: new Tensor('uint16', classes, shape), logs: new Tensor('float32', logs, shape) };
}

function readChunk(bytes: Uint8Array, features: readonly string[]): Taught[] {
  const { tensors } = readSafetensors(bytes);
  const taught: Taught[] = [];
  for (const width of WIDTHS) {
    const tensor = (name: string) => tensors.get(`${width}:${name}`) as SafeTensor;
    if (!tensors.has(`${width}:pixels`)) continue;
    const widths = new Int32Array(tensor('widths').bytes.slice().buffer);
    const pixels = tensor('pixels').bytes;
    const row = (name: string, i: number) => {
      const { bytes: all, shape } = tensor(name);
      const size = all.length / shape[0];
      return all.slice(i * size, (i + 1) * size).buffer;
    };
    widths.forEach((own, i) => {
      const image = { width: own, height: HEIGHT, pixels: new Uint8Array(own * HEIGHT) };
      for (let y = 0; y < HEIGHT; y++) {
        const start = (i * HEIGHT + y) * width;
        image.pixels.set(pixels.subarray(start, start + own), y * own);
      }
      taught.push({
        width,
        image,
        features: new Map(
          features.map((name) => [name, { dims: tensor(name).shape.slice(1), data: new Float32Array(row(name, i)) }]),
        ),
        classes: new Uint16Array(row('classes', i)),
        logs: new Float32Array(row('logs', i)),
      });
    });
  }
  return taught;
}

/** The logits that the kept shares stand for, of lines of one width: a tensor [lines, steps, classes]. */
export function logitsOf(lines: readonly Taught[], classes: number): Tensor<'float32'> {
  const steps = lines[0].logs.length / TOP;
  const data = new Float32Array(lines.length * steps * classes);
  lines.forEach((line, at) => {
    for (let step = 0; step < steps; step++) {
      const own = data.subarray((at * steps + step) * classes, (at * steps + step + 1) * classes);
      let rest = 1;
      for (let k = 0; k < TOP; k++) rest -= Math.exp(line.logs[step * TOP + k]);
      own.fill(Math.log(Math.max(LEAST, rest) / (classes - TOP)));
      for (let k = 0; k < TOP; k++) own[line.classes[step * TOP + k]] = line.logs[step * TOP + k];
    }
  });
  return new Tensor('float32', data, [lines.length, steps, classes]);
}
