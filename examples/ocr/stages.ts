/** One sparsity from start to end, stage after stage; what a stage makes is a file, and where there is the file it is over. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from 'lacewing';
import { readLace, writeLace } from 'lacewing/file';
import { readFileBytes, writeFileAtomic } from 'lacewing/node';
import { writeOnnx } from 'lacewing/onnx';
import { type OneShotOptions, prune } from 'lacewing/prune';
import { reconstruct } from 'lacewing/train';
import { progress } from '../demo/progress.ts';
import type { Image } from '../ocr-lines/raster.ts';
import { type Taught, timeLeft } from './answers.ts';
import { distil, processorSeconds } from './distil.ts';
import { type Marks, marksOf, type TestLines } from './marks.ts';
import { batchOfLines, type Recognizer, readLines } from './model.ts';

export interface Settings {
  readonly sparsity: number;
  readonly minutes: number;
  readonly epochs: number | undefined;
  readonly seed: number;
  readonly out: string;
}

export interface Outcome {
  readonly sparsity: number;
  /** After pruning alone, after reconstruction, after distillation. */
  readonly pruned: Marks;
  readonly reconstructed: Marks;
  readonly distilled: Marks;
  readonly steps: number;
  /** Of processor time. */
  readonly seconds: { readonly reconstruct: number; readonly distil: number };
  readonly graph: Graph;
  readonly onnx: string;
  /** What the distilled model reads in the test lines. */
  readonly texts: readonly string[];
}

/** Lines for the sums: more where fewer weights are left to fit them. */
const calibrationLines = (sparsity: number) => (sparsity <= 0.5 ? 32 : 96);
/**
 * The first convolutions stay dense: three thousandths of the weights, on which all else rests. The others give a little more, so
 * that the share of zeros is what was asked for.
 */
const SMALL = 5000;

function selection(dense: Graph, sparsity: number): OneShotOptions {
  const { prunable, layers } = prune(dense, { sparsity }).report;
  const small = layers.filter(({ total }) => total < SMALL);
  const left = prunable.total - small.reduce((sum, { total }) => sum + total, 0);
  return { sparsity: (sparsity * prunable.total) / left, ignore: small.map(({ name }) => name) };
}

/** How far weights may move in a step: the more is gone, the farther they have to go. */
const rateFor = (sparsity: number) => (sparsity <= 0.5 ? 1e-4 : 1e-3);

export async function runSparsity(
  settings: Settings,
  recognizer: Recognizer,
  lines: readonly Taught[],
  test: TestLines,
): Promise<Outcome> {
  const { sparsity, seed, minutes, epochs } = settings;
  const { graph: dense, characters } = recognizer;
  const folder = join(settings.out, `${seed}-${Math.round(sparsity * 1000) / 10}`);
  mkdirSync(folder, { recursive: true });
  const kept = async <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const path = join(folder, `${name}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
    const made = await make();
    await writeFileAtomic(path, new TextEncoder().encode(JSON.stringify(made)));
    return made;
  };
  const marks = async (graph: Graph, label: string) => {
    const bar = progress(label, test.images.length);
    const texts = await readLines(graph, test.images, characters, (done) => bar.update(done, ''));
    const found = marksOf(test.texts, texts);
    bar.end(`${(100 * found.error).toFixed(2)} % of characters wrong`);
    return { found, texts };
  };

  const pruned = await kept(
    'pruned',
    async () => (await marks(prune(dense, selection(dense, sparsity)).graph, 'read, pruned only')).found,
  );

  const path = join(folder, 'reconstructed.lace');
  const { seconds } = await kept('reconstruct', async () => {
    const begin = processorSeconds();
    const made = await reconstructed(dense, lines, settings);
    await writeFileAtomic(path, writeLace(made));
    return { seconds: processorSeconds() - begin };
  });
  const start = readLace(await readFileBytes(path));
  const afterwards = await kept('reconstructed', async () => (await marks(start, 'read, reconstructed')).found);

  const options = { seed, minutes, epochs, rate: rateFor(sparsity) };
  const { graph, steps, seconds: distilSeconds } = await distil(start, lines, recognizer, folder, options);
  const onnx = join(folder, 'model.onnx');
  await writeFileAtomic(onnx, writeOnnx(graph));
  const distilled = await kept('distilled', async () => marks(graph, 'read, distilled'));
  return {
    ...{ sparsity, pruned, reconstructed: afterwards, distilled: distilled.found, steps, graph, onnx },
    seconds: { reconstruct: seconds, distil: distilSeconds },
    texts: distilled.texts,
  };
}

async function reconstructed(dense: Graph, lines: readonly Taught[], { sparsity, seed }: Settings): Promise<Graph> {
  const bar = progress('reconstruct', 1);
  const begin = performance.now();
  const count = Math.min(lines.length, calibrationLines(sparsity));
  const [input] = dense.inputs;
  function* batches() {
    for (const { image, width } of lines.slice(0, count)) yield { [input.name]: batchOfLines([image as Image], width) };
  }
  const { graph } = await reconstruct(dense, batches, {
    ...selection(dense, sparsity),
    seed,
    onProgress({ layer, layers, batch, batches: all }) {
      const share = (layer - 1 + batch / all) / layers;
      bar.update(share, `layer ${layer} of ${layers}, ${timeLeft(begin, share)}`);
    },
  });
  bar.end(`on ${count} lines`);
  return graph;
}
