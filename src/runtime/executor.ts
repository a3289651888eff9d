/**
 * Runs graphs on one instance of the kernels: plans per input shape, keeps what plans share, moves tensors in and out.
 * Inference sessions and trainers are thin layers over it; several graphs may share their constants by name.
 */
import { copyOf, type DType, stores, type TypedArray } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { floatsFromHalfs } from '../core/float16.ts';
import { format, type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { Constant, SparseConstant } from '../formats/constant.ts';
import { withValues } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { bindSymbols } from '../ops/infer.ts';
import { type TensorType, where } from '../ops/op.ts';
import { planGraph } from '../plan/build.ts';
import { type BoundCall, type BoundPlan, bind, type Store, writeForm } from './bind.ts';
import { instantiate } from './instance.ts';
import type { LoadedModule } from './modules.ts';
import { type Shrinking, shrinkStored } from './shrink.ts';
import { type AnyTensor, Tensor } from './tensor.ts';
import { createCrew } from './threads/crew.ts';
import { stopWithOwner, type Team } from './threads/team.ts';
import { type StepTiming, stepClock } from './timings.ts';

export interface ExecutorOptions {
  readonly maxMemory?: number;
  /** Plans kept per graph; the least recently used one goes first. */
  readonly maxPlans?: number;
  /** Whether a sparse weight may run dense where that is predicted to be faster. */
  readonly allowDense?: boolean;
  /** Constants that change between runs. */
  readonly mutable?: ReadonlySet<string>;
  /** Only this kernel may run where it fits. */
  readonly only?: string;
  /** Asked once per plan: by node the kernel to take where it fits. */
  readonly prefer?: (graph: Graph, shapes: ReadonlyMap<string, Shape>) => ReadonlyMap<string, string> | undefined;
  /** Threads to share the work with; the executor ends them when it is disposed. */
  readonly team?: Team;
}

export type Feeds = Readonly<Record<string, AnyTensor>>;

/** Per output name a tensor to write to, or null for a new one. */
export type Fetches = Readonly<Record<string, AnyTensor | null>>;

export interface Executor {
  /** The plan for these input shapes, made and bound if need be. */
  prepare(graph: Graph, shapes: ReadonlyMap<string, Shape>): BoundPlan;
  /**
   * Runs the graph. `beforeUpdates` sees the results when everything but the updates of constants is done; by returning
   * false it keeps the constants as they were. Outputs named in `into` are written there instead of to new tensors.
   */
  run(
    graph: Graph,
    feeds: Feeds,
    beforeUpdates?: (results: Record<string, AnyTensor>) => boolean,
    into?: Fetches,
  ): Record<string, AnyTensor>;
  /** Like run, with the time of each step and of the kernels in it. */
  profile(
    graph: Graph,
    feeds: Feeds,
  ): { readonly results: Record<string, AnyTensor>; readonly timings: readonly StepTiming[] };
  /** Runs the steps that precede updates one by one; `look` sees the float values of each as it appears and stops by true. */
  inspect(graph: Graph, feeds: Feeds, look: (value: string, numbers: Float32Array) => boolean): void;
  /** What a constant holds now; undefined before a graph with it was prepared. */
  readConstant(name: string): Constant | undefined;
  /**
   * Prunes a sparse constant of the graph further, where it lies in memory, and drops the same numbers from what is kept
   * beside its values. Returns the constant with its new pattern, its numbers may be stale; undefined, with nothing changed,
   * where it cannot be done so: the mask keeps weights that are not stored or parts of blocks, or leaves less than `atLeast`
   * values, or the constant is not csr or bsr.
   */
  shrinkConstant(graph: Graph, name: string, shrinking: Shrinking): SparseConstant | undefined;
  /** Replaces a constant by one of the same shape. A sparse one may store fewer values than before, never more. */
  writeConstant(name: string, constant: Constant): void;
  /** Forgets the plans of a graph that will not run again. Its constants stay. */
  release(graph: Graph): void;
  memory(): { readonly used: number; readonly size: number; readonly plans: number };
  dispose(): void;
}

export function createExecutor(loaded: LoadedModule, options: ExecutorOptions = {}): Executor {
  const { team } = options;
  const instance = instantiate(loaded.module, options.maxMemory, team?.memory);
  const { heap } = instance;
  const crew = team && createCrew(team, loaded.module, instance.kernels, heap);
  const store: Store = { addresses: new Map(), sizes: new Map(), constants: new Map() };
  const plans = new Map<Graph, Map<string, BoundPlan>>();
  const planOptions = {
    ...(loaded.engine && { engine: loaded.engine }),
    ...(options.mutable && { mutable: options.mutable }),
    ...(options.allowDense !== undefined && { allowDense: options.allowDense }),
    ...(options.only !== undefined && { only: options.only }),
    ...(team && { threads: team.threads }),
  };
  let arena = { address: 0, bytes: 0 };
  let disposed = false;

  function prepare(graph: Graph, shapes: ReadonlyMap<string, Shape>): BoundPlan {
    if (disposed) throw new UsageError('this session is disposed');
    bindSymbols(graph, shapes);
    const key = graph.inputs.map(({ name }) => shapes.get(name)?.join('x')).join(';');
    const own = plansOf(graph);
    let bound = own.get(key);
    // After a refusal a smaller arena may lie where a larger one was.
    if (!bound || bound.arena !== arena.address || bound.plan.arenaBytes > arena.bytes) {
      const prefer = bound ? undefined : options.prefer?.(graph, shapes);
      const plan = bound?.plan ?? planGraph(graph, shapes, { ...planOptions, ...(prefer && { prefer }) });
      // Should there be too little memory, no plan may be left that takes freed memory for its own.
      forget(own, key);
      reserve(plan.arenaBytes);
      bound = bind(plan, instance, store, arena.address, crew);
    }
    own.delete(key);
    own.set(key, bound);
    if (own.size > (options.maxPlans ?? 16)) forget(own, own.keys().next().value ?? key);
    return bound;
  }

  /** The plans of a graph; its constants are in the store from then on. */
  function plansOf(graph: Graph): Map<string, BoundPlan> {
    let own = plans.get(graph);
    if (own) return own;
    own = new Map();
    plans.set(graph, own);
    for (const [name, constant] of graph.constants) if (!store.constants.has(name)) store.constants.set(name, constant);
    return own;
  }

  function forget(own: Map<string, BoundPlan>, key: string): void {
    for (const table of own.get(key)?.tables ?? []) heap.free(table);
    own.delete(key);
  }

  function reserve(bytes: number): void {
    if (bytes <= arena.bytes && arena.address !== 0) return;
    const old = arena.address;
    if (old !== 0) heap.free(old);
    arena = { address: 0, bytes: 0 };
    arena = { address: heap.allocate(bytes, 'activations'), bytes };
  }

  /** Lends memory for a while between runs: the arena, which nobody uses then, or some of its own. */
  function lend<T>(bytes: number, what: string, use: (address: number) => T): T {
    if (bytes <= arena.bytes) return use(arena.address);
    const address = heap.allocate(bytes, what);
    try {
      return use(address);
    } finally {
      heap.free(address);
    }
  }

  /** Only constants declared mutable may be written: what the prologue packed outlasts no change. */
  function checkMutable(name: string): void {
    if (!options.mutable?.has(name)) throw new UsageError(`constant "${name}": want one declared mutable, got another`);
  }

  function feed(bound: BoundPlan, feeds: Feeds): void {
    for (const { name, type, buffer } of bound.plan.inputs) {
      const tensor = feeds[name];
      const data = tensor.type === 'float16' && type.dtype === 'float32' ? floatsFromHalfs(tensor.data) : tensor.data;
      heap.view(type.dtype, bound.addresses[buffer], data.length).set(data as never);
    }
  }

  function collect(bound: BoundPlan, into: Fetches = {}): Record<string, AnyTensor> {
    const results: Record<string, AnyTensor> = {};
    for (const { name, type, buffer } of bound.plan.outputs) {
      const view = heap.view(type.dtype, bound.addresses[buffer], sizeOf(type.shape));
      const given = into[name];
      if (given) {
        given.data.set(view as never);
        results[name] = given;
        continue;
      }
      const data = copyOf(view);
      results[name] = new Tensor(type.dtype as 'float32', data as Float32Array, type.shape);
    }
    return results;
  }

  function start(graph: Graph, feeds: Feeds): BoundPlan {
    if (disposed) throw new UsageError('this session is disposed');
    const bound = prepare(graph, checkFeeds(graph, feeds));
    if (bound.inPieces) crew?.wake();
    feed(bound, feeds);
    return bound;
  }

  function execute({ plan, calls }: BoundPlan, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { run, args } = calls[i];
      const status = run(...args);
      if (status) fail(plan, calls[i], status);
    }
  }

  const executor: Executor = {
    prepare,
    run(graph, feeds, beforeUpdates = () => true, into = {}) {
      const bound = start(graph, feeds);
      for (const { name, type } of bound.plan.outputs) checkFetch(name, type, into[name]);
      execute(bound, 0, bound.firstUpdate);
      const results = collect(bound, into);
      if (beforeUpdates(results)) execute(bound, bound.firstUpdate, bound.calls.length);
      return results;
    },
    profile(graph, feeds) {
      const bound = start(graph, feeds);
      const { steps } = bound.plan;
      const clocks = steps.map(stepClock);
      let results: Record<string, AnyTensor> | undefined;
      for (let i = 0; i < bound.calls.length; i++) {
        if (i === bound.firstUpdate) results = collect(bound);
        const { kernel, step } = bound.calls[i];
        const begin = performance.now();
        execute(bound, i, i + 1);
        clocks[step].time(kernel, (performance.now() - begin) * 1000);
      }
      const timings = steps.map((step, i) => clocks[i].timing(i, step));
      return { results: results ?? collect(bound), timings };
    },
    inspect(graph, feeds, look) {
      const bound = start(graph, feeds);
      const titles = new Map(graph.nodes.map((node) => [node.name, node]));
      for (const { name, type, buffer } of bound.plan.inputs)
        if (
          type.dtype === 'float32' &&
          look(name, heap.view('float32', bound.addresses[buffer], sizeOf(type.shape)) as Float32Array)
        )
          return;
      for (let i = 0; i < bound.firstUpdate; i++) {
        execute(bound, i, i + 1);
        const { step } = bound.calls[i];
        if (bound.calls[i + 1]?.step === step) continue;
        const { title, writes, op } = bound.plan.steps[step];
        const node = titles.get(title);
        if (!node || node.op !== op) continue;
        for (const [output, name] of node.outputs.entries()) {
          const type = bound.plan.types.get(name);
          if (type?.dtype !== 'float32') continue;
          const buffer = bound.plan.buffers[writes[output]];
          const numbers = heap.view('float32', bound.addresses[buffer.id], buffer.bytes / 4) as Float32Array;
          if (look(name, numbers)) return;
        }
      }
    },
    readConstant(name) {
      const constant = store.constants.get(name);
      if (!constant) return undefined;
      const home = constant.encoding === 'dense' ? 'rows' : 'values';
      const address = store.addresses.get(`${name}@${home}`);
      if (address === undefined) return constant;
      if (constant.encoding !== 'dense')
        return withValues(constant, (heap.view('float32', address, constant.values.length) as Float32Array).slice());
      const data = heap.view(constant.dtype, address, sizeOf(constant.shape)).slice() as TypedArray;
      return { ...constant, data };
    },
    shrinkConstant(graph, name, shrinking) {
      for (const each of [name, ...shrinking.beside]) checkMutable(each);
      plansOf(graph);
      return shrinkStored(instance, store, name, shrinking, lend);
    },
    writeConstant(name, constant) {
      checkMutable(name);
      store.constants.set(name, constant);
      for (const [label, address] of store.addresses) {
        const at = label.lastIndexOf('@');
        if (label.slice(0, at) === name)
          writeForm(instance, constant, label.slice(at + 1), address, store.sizes.get(label) ?? 0);
      }
    },
    release(graph) {
      for (const key of plans.get(graph)?.keys() ?? []) forget(plansOf(graph), key);
      plans.delete(graph);
    },
    memory: () => ({
      used: heap.used(),
      size: heap.size(),
      plans: [...plans.values()].reduce((n, own) => n + own.size, 0),
    }),
    dispose() {
      disposed = true;
      plans.clear();
      store.addresses.clear();
      store.constants.clear();
      team?.stop();
    },
  };
  if (team) stopWithOwner(executor, team);
  return executor;
}

/** The shapes of the feeds. Throws UsageError unless there is a tensor of the right type for every input, and no other. */
export function checkFeeds(graph: Graph, feeds: Feeds): Map<string, Shape> {
  if (typeof feeds !== 'object' || feeds === null)
    throw new UsageError(`run: want an object of ${wantedFeeds(graph)}, got ${feeds === null ? 'null' : typeof feeds}`);
  for (const name of Object.keys(feeds))
    if (!graph.inputs.some((input) => input.name === name))
      throw new UsageError(`run: want ${wantedFeeds(graph)}, got "${name}"`);
  return new Map(graph.inputs.map(({ name, dtype }) => [name, checkFeed(name, dtype, feeds[name])]));
}

export function checkFetch(name: string, { dtype, shape }: TensorType, tensor: AnyTensor | null | undefined): void {
  if (!tensor) return;
  const { type, dims, data } = tensor;
  if (
    type !== dtype ||
    !Array.isArray(dims) ||
    !sameShape(dims, shape) ||
    !stores(dtype, data) ||
    data.length !== sizeOf(shape)
  )
    throw new UsageError(
      `fetches "${name}": want a ${dtype} tensor of ${format(shape)}, got ${type} ${format(dims ?? [])}`,
    );
}

function checkFeed(name: string, dtype: DType, tensor: AnyTensor | undefined): Shape {
  if (!tensor) throw new UsageError(`input "${name}": want a ${dtype} tensor, got none`);
  const { type, dims, data } = tensor;
  const halves = type === 'float16' && dtype === 'float32';
  if (type !== dtype && !halves) throw new UsageError(`input "${name}": want type ${dtype}, got ${String(type)}`);
  if (!Array.isArray(dims) || !stores(type, data) || sizeOf(dims) !== data.length)
    throw new UsageError(
      `input "${name}": want ${type} data that fills ${Array.isArray(dims) ? format(dims) : 'its dims'}, got ${data?.length} in ${data?.constructor?.name ?? typeof data}`,
    );
  return dims;
}

function wantedFeeds(graph: Graph): string {
  return `feeds ${graph.inputs.map(({ name }) => `"${name}"`).join(', ') || '(none)'}`;
}

function fail({ steps }: BoundPlan['plan'], { step }: BoundCall, status: number): never {
  const { title, op, match } = steps[step];
  const what = match?.failure?.(status) ?? `the kernel returned ${status}`;
  throw new UsageError(`${where({ op, name: title })}: ${what}`);
}
