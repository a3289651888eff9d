/**
 * Chooses kernels by measuring: the cost model predicts well enough to be right nearly always; who wants certainty on
 * this machine pays for a few runs per input shape, once, and may keep what was found.
 */
import { allocate } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { random, uniform } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { createExecutor, type ExecutorOptions } from './executor.ts';
import type { LoadedModule } from './modules.ts';
import { type AnyTensor, Tensor } from './tensor.ts';

/** By input shapes, such as `image 1x784`, and node: the kernel to take. Plain data. */
export type Tuning = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Tuner {
  readonly prefer: NonNullable<ExecutorOptions['prefer']>;
  found(): Tuning;
}

/** Runs of each variant; the fastest of them counts. */
const ROUNDS = 7;

/** @param tune whether to measure, or what an earlier session found; shapes that it does not know are predicted */
export function createTuner(loaded: LoadedModule, options: ExecutorOptions, tune: boolean | Tuning): Tuner {
  const known = new Map<string, ReadonlyMap<string, string>>();
  if (typeof tune === 'object')
    for (const [key, kernels] of Object.entries(checked(tune))) known.set(key, new Map(Object.entries(kernels)));
  return {
    prefer(graph, shapes) {
      const key = graph.inputs.map(({ name }) => `${name} ${shapes.get(name)?.join('x')}`).join(', ');
      if (tune === true && !known.has(key)) known.set(key, measure(loaded, options, graph, shapes));
      return known.get(key);
    },
    found: () => Object.fromEntries([...known].map(([key, kernels]) => [key, Object.fromEntries(kernels)])),
  };
}

/**
 * Plans the graph once per rank of candidates, every node with its n-th, times the steps, and keeps the fastest kernel of
 * each node. Conversions count for the node they serve.
 */
function measure(
  loaded: LoadedModule,
  options: ExecutorOptions,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
): Map<string, string> {
  // Threads would time the barrier too; what is fastest on one thread is taken for all.
  const { team: _, ...alone } = options;
  const feeds = noise(graph, shapes);
  const best = new Map<string, { kernel: string; microseconds: number }>();
  let candidates = new Map<string, readonly string[]>();
  for (let rank = 0; rank === 0 || [...candidates.values()].some((names) => names.length > rank); rank++) {
    const prefer = new Map(
      [...candidates].flatMap(([node, names]) => (names[rank] === undefined ? [] : [[node, names[rank]] as const])),
    );
    const executor = createExecutor(loaded, { ...alone, prefer: () => prefer });
    try {
      if (rank === 0) {
        const { steps } = executor.prepare(graph, shapes).plan;
        candidates = new Map(
          steps.flatMap(({ title, candidates: names }) => (names && names.length > 1 ? [[title, names] as const] : [])),
        );
        if (candidates.size === 0) return new Map();
      }
      for (let round = 0; round < ROUNDS; round++) {
        let waiting = 0;
        for (const { op, title, kernel, microseconds } of executor.profile(graph, feeds).timings) {
          waiting += microseconds;
          if (op === 'convert') continue;
          const known = best.get(title);
          if (candidates.get(title)?.includes(kernel) && (!known || waiting < known.microseconds))
            best.set(title, { kernel, microseconds: waiting });
          waiting = 0;
        }
      }
    } finally {
      executor.dispose();
    }
  }
  return new Map([...best].map(([node, { kernel }]) => [node, kernel]));
}

/** Seeded numbers in [-1, 1); zeros for integers, which are valid as indices. */
function noise(graph: Graph, shapes: ReadonlyMap<string, Shape>): Record<string, AnyTensor> {
  const generator = random(1);
  const feeds: Record<string, AnyTensor> = {};
  for (const { name, dtype } of graph.inputs) {
    const shape = shapes.get(name) ?? [];
    const data = allocate(dtype, sizeOf(shape));
    if (data instanceof Float32Array) for (let i = 0; i < data.length; i++) data[i] = 2 * uniform(generator) - 1;
    feeds[name] = new Tensor(dtype as 'float32', data as Float32Array, shape);
  }
  return feeds;
}

function checked(tune: Tuning): Tuning {
  const sound =
    tune !== null &&
    Object.values(tune).every(
      (kernels) =>
        typeof kernels === 'object' &&
        kernels !== null &&
        Object.values(kernels).every((kernel) => typeof kernel === 'string'),
    );
  if (!sound)
    throw new UsageError('tune: want true, false or what tuning() of another session gave, got something else');
  return tune;
}
