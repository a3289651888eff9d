/** Lacewing and, as the judge, native onnxruntime, behind one face. */
import { createRequire } from 'node:module';
import type { Value, Values } from '../../bench/models/values.ts';
import type { DType } from '../../src/core/dtype.ts';
import { provideInlineModules } from '../../src/entries/inline.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { inferSymbolic } from '../../src/ops/infer.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { encodeWeights } from '../../src/plan/encode.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { loadModule } from '../../src/runtime/modules.ts';
import { InferenceSession, type SessionOptions } from '../../src/runtime/session.ts';
import { type AnyTensor, Tensor, type TensorData } from '../../src/runtime/tensor.ts';

export interface Loaded {
  readonly run: (feeds: Values) => Promise<Values>;
  readonly dispose: () => Promise<void>;
}

/** What we call of onnxruntime-node, which is not there when types are checked. */
interface Onnxruntime {
  readonly InferenceSession: {
    create(
      model: string | Uint8Array,
      options: object,
    ): Promise<{ run(feeds: Record<string, Value>): Promise<Record<string, Value>>; release(): Promise<void> }>;
  };
  readonly Tensor: new (type: string, data: Value['data'], dims: readonly number[]) => Value;
}

provideInlineModules();

const tensor = ({ type, data, dims }: Value) => new Tensor(type as DType, data as TensorData[DType], dims) as AnyTensor;

export async function lacewing(model: Uint8Array | Graph, options: SessionOptions = {}): Promise<Loaded> {
  const session = await InferenceSession.create(model, options);
  return {
    run: async (feeds) => session.run(mapped(feeds, tensor)),
    dispose: async () => session.dispose(),
  };
}

/** A graph as a session would run it, for what is below. */
export const prepared = (graph: Graph): Graph => encodeWeights(optimize(graph), 'auto');

/** Lacewing on a prepared graph, with `kernel` wherever it fits and what else it takes to run the rest. */
export async function lacewingOnly(graph: Graph, kernel: string): Promise<Loaded> {
  const executor = createExecutor(await loadModule(false), { only: kernel, allowDense: true });
  return {
    run: async (feeds) => executor.run(graph, mapped(feeds, tensor)),
    dispose: async () => executor.dispose(),
  };
}

/** The kernels that fit any product or convolution of a prepared graph whose weight is sparse; none where runs are in stages. */
export async function kernelsThatFit(graph: Graph, feeds: Values): Promise<string[]> {
  if (!planned(graph)) return [];
  const executor = createExecutor(await loadModule(false), { allowDense: true });
  try {
    const shapes = new Map(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const { steps, graph: resolved } = executor.prepare(graph, shapes).plan;
    const isSparse = (input: string) => (resolved.constants.get(input)?.encoding ?? 'dense') !== 'dense';
    const sparse = new Set(resolved.nodes.filter(({ inputs }) => inputs.some(isSparse)).map(({ name }) => name));
    return [...new Set(steps.filter(({ title }) => sparse.has(title)).flatMap(({ candidates = [] }) => candidates))];
  } finally {
    executor.dispose();
  }
}

/** Whether one plan holds the graph, whatever a run computes. */
function planned(graph: Graph): boolean {
  try {
    inferSymbolic(graph);
    return true;
  } catch {
    return false;
  }
}

export async function onnxruntime(model: string | Uint8Array): Promise<Loaded> {
  const ort = createRequire(new URL('../../bench/peers/package.json', import.meta.url))(
    'onnxruntime-node',
  ) as Onnxruntime;
  // A process may not call it in vain: it warns of every initializer that it does not need.
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return {
    run: (feeds) => session.run(mapped(feeds, ({ type, data, dims }) => new ort.Tensor(type, data, dims))),
    dispose: () => session.release(),
  };
}

function mapped<T>(feeds: Values, make: (value: Value) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, make(value)]));
}
