import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import type { Dim, Shape } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { completeShapes, inferSymbolic, type SymbolicType } from '../ops/infer.ts';
import { type OpenType, openTypes } from '../ops/open-types.ts';
import { UnknownNumbersError } from '../ops/unknown.ts';
import { verifyToRun } from '../ops/verify.ts';
import { optimize } from '../passes/optimize.ts';
import { encodeWeights, type FormatChoice, formatChoices } from '../plan/encode.ts';
import { printPlan } from '../plan/print.ts';
import { createExecutor, type Executor, type Feeds, type Fetches } from './executor.ts';
import { loadGraph, type ModelSource } from './load.ts';
import { runStaged, type StagedRunner, stagedRunner } from './staged/run.ts';
import type { AnyTensor } from './tensor.ts';
import { type Hired, hire } from './threads/hire.ts';
import { printTimings, repackingShare, type StepTiming } from './timings.ts';
import { createTuner, type Tuner, type Tuning } from './tune.ts';

export interface SessionOptions {
  /**
   * How weights are stored while running. 'auto' (default): as the file says, encoding weights that are mostly zeros, and
   * per layer whichever of sparse and dense is predicted to be faster. 'dense', 'csr' and 'bsr' force one encoding for all
   * weights; 'nm' keeps every weight as it is and wants at least one that is N:M. Weights that the graph updates stay as they are.
   */
  readonly format?: FormatChoice;
  /**
   * Threads that share the work of a run, this one among them; default 1. The results are those of the plain SIMD build on
   * one thread, bit for bit. Where there can be no threads the session has one, warns once and says why in `info()`.
   */
  readonly threads?: number;
  /** Cap on the session's WebAssembly memory in bytes, default none but the 4 GiB of the engine. */
  readonly maxMemory?: number;
  /**
   * Measure, for every layer that several kernels fit, which is the fastest here, instead of predicting it: the first run
   * with new input shapes takes some runs longer. `tuning()` gives what was found; handed in as `tune`, it is not measured
   * again. Default false.
   */
  readonly tune?: boolean | Tuning;
  /** Use the plain SIMD build even where relaxed SIMD exists: the same bits on every machine. Default false. */
  readonly deterministic?: boolean;
}

export interface ValueMetadata {
  readonly name: string;
  readonly type: DType;
  /** Extents; a string names a dimension that each run may choose (`?…` if it follows from others). */
  readonly shape: readonly Dim[];
}

/** Type and shape are undefined where not even the element type, or the rank, is known before a run. */
export interface OutputMetadata {
  readonly name: string;
  readonly type: DType | undefined;
  readonly shape: readonly Dim[] | undefined;
}

export interface SessionInfo {
  readonly build: string;
  /** Why that build. */
  readonly why: string;
  readonly threads: number;
  /** Why that many. */
  readonly threadsWhy: string;
  /** Bytes in use and bytes of the WebAssembly memory. */
  readonly memory: { readonly used: number; readonly size: number };
  /** Shapes planned so far. */
  readonly plans: number;
}

export interface Profile {
  readonly steps: readonly StepTiming[];
  /** The part of the run, 0 to 1, that only brought numbers into other layouts. */
  readonly repacking: number;
  readonly results: Record<string, AnyTensor>;
  toString(): string;
}

/**
 * A model ready to run, in the manner of onnxruntime-web. It holds WebAssembly memory until `dispose()` (or `using`).
 */
export class InferenceSession implements Disposable {
  readonly #graph: Graph;
  /** Gone once disposed, and with it the memory. */
  #live: Executor | undefined;
  readonly #hired: Hired;
  readonly #tuner: Tuner;
  /** Present where no plan can be made before a run: shapes follow from what it computes. */
  readonly #staged: StagedRunner | undefined;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly OutputMetadata[];

  private constructor(graph: Graph, hired: Hired, options: SessionOptions) {
    const format = options.format ?? 'auto';
    if (!formatChoices.includes(format))
      throw new UsageError(
        `format: want ${formatChoices.map((f) => `'${f}'`).join(', ')}, got ${JSON.stringify(format)}`,
      );
    this.#graph = encodeWeights(graph, format);
    this.#hired = hired;
    const planning = {
      allowDense: format === 'auto',
      ...(hired.team && { team: hired.team }),
      ...(options.maxMemory !== undefined && { maxMemory: options.maxMemory }),
    };
    this.#tuner = createTuner(hired.loaded, planning, options.tune ?? false);
    this.#live = createExecutor(hired.loaded, { ...planning, prefer: this.#tuner.prefer });
    this.inputNames = graph.inputs.map(({ name }) => name);
    this.outputNames = [...graph.outputs];
    const types = typesBeforeRuns(graph);
    this.#staged = types ? undefined : stagedRunner(this.#live, options.maxMemory);
    this.inputMetadata = graph.inputs.map(({ name, dtype, shape }) => ({ name, type: dtype, shape }));
    const open: ReadonlyMap<string, OpenType> = types ?? openTypes(graph);
    this.outputMetadata = this.outputNames.map((name) => {
      const type = open.get(name);
      return { name, type: type?.dtype, shape: type?.shape };
    });
  }

  /**
   * Loads a model and plans nothing yet: the first run with new input shapes plans for them.
   * @param source bytes of an ONNX or .lace file, its URL, its path (Node), or a Graph
   * @throws ModelError when the file is broken or needs something unsupported; all problems are listed
   * @throws UsageError on a wrong option
   */
  static async create(source: ModelSource, options: SessionOptions = {}): Promise<InferenceSession> {
    const graph = optimize(verifyToRun(await loadGraph(source)));
    checkCount('threads', options.threads);
    checkCount('maxMemory', options.maxMemory);
    const hired = await hire(options);
    try {
      return new InferenceSession(graph, hired, options);
    } catch (error) {
      hired.team?.stop();
      throw error;
    }
  }

  get #executor(): Executor {
    if (!this.#live) throw new UsageError('this session is disposed');
    return this.#live;
  }

  /**
   * Runs the model once.
   * @param feeds a tensor per input name
   * @param fetches names of the outputs to return, or an object with a tensor to write to (or null) per output; default all
   * @returns per output name a fresh tensor, or the one handed in
   * @throws UsageError on a wrong name, type or shape, an index out of range, or when memory runs out; the session stays usable
   */
  async run(feeds: Feeds, fetches?: readonly string[] | Fetches): Promise<Record<string, AnyTensor>> {
    return this.runSync(feeds, fetches);
  }

  /** `run` without a promise. */
  runSync(feeds: Feeds, fetches: readonly string[] | Fetches = this.outputNames): Record<string, AnyTensor> {
    if (typeof fetches !== 'object' || fetches === null)
      throw new UsageError(
        `fetches: want names or an object of tensors, got ${fetches === null ? 'null' : typeof fetches}`,
      );
    const names: readonly string[] = Array.isArray(fetches) ? fetches : Object.keys(fetches);
    for (const name of names)
      if (!this.outputNames.includes(name))
        throw new UsageError(`fetches: want names among ${this.outputNames.join(', ')}, got ${JSON.stringify(name)}`);
    const into = Array.isArray(fetches) ? {} : (fetches as Fetches);
    const results = this.#staged
      ? runStaged(this.#staged, this.#graph, feeds, into)
      : this.#executor.run(this.#graph, feeds, undefined, into);
    return Object.fromEntries(names.map((name) => [name, results[name]]));
  }

  /**
   * The plan for given input shapes as text: per step the kernel, layouts, bytes, predicted microseconds and the reason.
   * @param shapes extents per input; those left open take what the given ones say, else 1
   */
  plan(shapes: Readonly<Record<string, Shape>> = {}): string {
    const concrete = completeShapes(this.#graph, new Map(Object.entries(shapes)));
    return printPlan(this.#executor.prepare(this.#graph, concrete).plan);
  }

  /**
   * One run with the time of every step and kernel, and what of it is repacking: work that only brings numbers into another
   * layout. Timers cost a little: the sum is more than `run` takes.
   */
  async profile(feeds: Feeds): Promise<Profile> {
    const { results, timings } = this.#executor.profile(this.#graph, feeds);
    return { results, steps: timings, repacking: repackingShare(timings), toString: () => printTimings(timings) };
  }

  /** The kernels that measuring found fastest, by input shapes and node: plain data, to be kept and handed in as `tune`. */
  tuning(): Tuning {
    return this.#tuner.found();
  }

  info(): SessionInfo {
    const { used, size, plans } = this.#executor.memory();
    const { loaded, threads, why } = this.#hired;
    return { build: loaded.build, why: loaded.why, threads, threadsWhy: why, memory: { used, size }, plans };
  }

  /** Gives the memory back. The session cannot be used after that; disposing twice does no harm. */
  dispose(): void {
    this.#live?.dispose();
    this.#live = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The type of every value as far as it does not depend on a run; undefined where shapes do. Throws where they never fit. */
function typesBeforeRuns(graph: Graph): ReadonlyMap<string, SymbolicType> | undefined {
  try {
    return inferSymbolic(graph);
  } catch (error) {
    const open = graph.inputs.some(({ shape }) => shape.some((dim) => typeof dim === 'string'));
    if (error instanceof UnknownNumbersError || (error instanceof UsageError && open)) return undefined;
    throw error;
  }
}

function checkCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1))
    throw new UsageError(`${name}: want a whole number from 1, got ${String(value)}`);
}
