/** `lacewing bench`: how long a run takes, by how weights are stored. Formats take turns, so that noise meets all alike. */
import { allocate, type DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { random, uniform } from '../core/random.ts';
import { format, type Shape, sizeOf } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { type FormatChoice, formatChoices } from '../plan/encode.ts';
import { prune } from '../prune/index.ts';
import type { Feeds } from '../runtime/executor.ts';
import { InferenceSession } from '../runtime/session.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';
import { adoptZeros, readModelFile } from './model-file.ts';
import { addJson, addShape, type NamedShape, oneOf, repeated, wholeNumber } from './options.ts';
import { progressBar } from './progress.ts';
import { addPruningOptions, type PruningOptions, pruneOptionsOf } from './prune-options.ts';
import { shapesOf } from './shapes.ts';
import { bytes, microseconds, say, sayJson, tableOf } from './text.ts';
import type { Verb } from './verb.ts';

interface Options extends PruningOptions {
  readonly shape?: readonly NamedShape[];
  readonly format?: readonly FormatChoice[];
  readonly runs: number;
  readonly randomMask?: true;
  readonly json?: true;
}

interface Contestant {
  readonly label: string;
  readonly graph: Graph;
  readonly format: FormatChoice;
}

interface Timing {
  /** The format, and `pruned` where the weights were taken here. */
  readonly format: string;
  /** Microseconds per run. */
  readonly median: number;
  readonly min: number;
  /** Bytes of WebAssembly memory in use. */
  readonly memory: number;
}

export const bench: Verb = {
  signature: 'bench <model>',
  summary: 'time a model with its weights stored dense and sparse',
  examples: [
    'bench pruned.lace',
    'bench pruned.lace --shape image=128x784 --format dense --format csr --runs 200',
    'bench model.onnx --sparsity 0.9 --pattern 4x1 --random-mask',
    'bench model.onnx --json',
  ],
  declare(command) {
    addPruningOptions(addShape(command), ['magnitude', 'random'])
      .option('--random-mask', 'with --sparsity or --pattern: which weights go is left to chance; speed is the same')
      .option(
        '--format <name>',
        `one of ${formatChoices.join(', ')} (repeatable; default: dense, csr, bsr, auto)`,
        repeated(oneOf(formatChoices)),
      )
      .option('--runs <n>', 'runs per format', wholeNumber(1), 50);
    addJson(command).action(async (path: string, options: Options) => {
      const graph = await readModelFile(path);
      const shapes = shapesOf(graph, options.shape);
      const { build, timings } = await measure(contestantsOf(graph, options), shapes, options.runs);
      if (options.json) return sayJson({ build, runs: options.runs, shapes: Object.fromEntries(shapes), timings });
      say(
        `${[...shapes].map(([name, shape]) => `${name} ${format(shape)}`).join(', ')}; ${build}; ${options.runs} runs, one thread`,
      );
      say(table(timings));
    });
  },
};

/** The model as it is or, beside it, pruned here: what training would then have to make up for is another question. */
function contestantsOf(graph: Graph, options: Options): Contestant[] {
  const { sparsity, pattern, randomMask } = options;
  if (sparsity === undefined && pattern === undefined) {
    if (randomMask) throw new UsageError('--random-mask: want --sparsity or --pattern, got neither');
    return [...new Set(options.format ?? formatsFor(graph))].map((choice) => ({
      label: choice,
      graph,
      format: choice,
    }));
  }
  const criterion = randomMask ? 'random' : options.criterion;
  const pruned = prune(adoptZeros(graph).graph, pruneOptionsOf({ ...options, ...(criterion && { criterion }) })).graph;
  const formats = [...new Set(options.format ?? (['auto'] as const))];
  return [
    { label: 'dense', graph, format: 'dense' },
    ...formats.map((choice): Contestant => ({ label: `pruned, ${choice}`, graph: pruned, format: choice })),
  ];
}

/** N:M is timed where there is such a weight: others cannot be stored that way without losing some. */
function formatsFor(graph: Graph): FormatChoice[] {
  const nm = [...graph.constants.values()].some(({ encoding }) => encoding === 'nm');
  return ['dense', 'csr', 'bsr', ...(nm ? (['nm'] as const) : []), 'auto'];
}

async function measure(contestants: readonly Contestant[], shapes: ReadonlyMap<string, Shape>, runs: number) {
  const feeds: Record<string, AnyTensor> = {};
  for (const { name, dtype } of contestants[0].graph.inputs) feeds[name] = filled(dtype, shapes.get(name) ?? []);
  const entries: Entry[] = [];
  try {
    for (const { label, graph, format: choice } of contestants)
      entries.push({ label, session: await InferenceSession.create(graph, { format: choice }), times: [] });
    takeTurns(entries, feeds, runs);
    return { build: `${entries[0].session.info().build} kernels`, timings: entries.map(timingOf) };
  } finally {
    for (const { session } of entries) session.dispose();
  }
}

interface Entry {
  readonly label: string;
  readonly session: InferenceSession;
  /** Microseconds of each run. */
  readonly times: number[];
}

function takeTurns(entries: readonly Entry[], feeds: Feeds, runs: number): void {
  const bar = progressBar();
  for (let round = -WARM_UP; round < runs; round++) {
    for (const { session, times } of entries) {
      const begin = performance.now();
      session.runSync(feeds);
      if (round >= 0) times.push((performance.now() - begin) * 1000);
    }
    bar.update(Math.max(0, round) / runs, `round ${Math.max(0, round)}/${runs}`);
  }
  bar.clear();
}

function timingOf({ label, session, times }: Entry): Timing {
  const sorted = times.toSorted((a, b) => a - b);
  return { format: label, median: middle(sorted), min: sorted[0], memory: session.info().memory.used };
}

/** The first runs plan, pack weights and meet kernels that the engine has not yet compiled well. */
const WARM_UP = 5;

/** Numbers of ordinary size: zeros or denormals would be a lie. Indices are 0, which every table has. */
export function filled(dtype: DType, shape: Shape): AnyTensor {
  const data = allocate(dtype, sizeOf(shape));
  const generator = random(1);
  if (dtype === 'float32' || dtype === 'float64')
    for (let i = 0; i < data.length; i++) data[i] = 2 * uniform(generator) - 1;
  return new Tensor(dtype as 'float32', data as Float32Array, shape);
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function table(timings: readonly Timing[]): string {
  const dense = timings.find(({ format: name }) => name === 'dense');
  const columns = [
    { head: 'format' },
    ...['median µs', 'min µs', 'dense / this', 'memory'].map((head) => ({ head, right: true })),
  ];
  const rows = timings.map(({ format: name, median, min, memory }) => [
    name,
    microseconds(median),
    microseconds(min),
    dense ? (dense.median / median).toFixed(2) : '',
    bytes(memory),
  ]);
  return tableOf(columns, rows);
}
