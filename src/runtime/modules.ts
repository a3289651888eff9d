/**
 * Which build of the kernels runs, and where its compiled module comes from. An entry point (inline bytes, static import,
 * url) registers its source; `init` may override it. The core itself never touches bytes, fetch or files.
 */
import { UsageError } from '../core/errors.ts';
import { supportsRelaxedSimd, supportsSimd } from '../core/simd.ts';
import type { EngineClass } from '../kernels/cost.ts';
import type { WorkerSource } from './threads/spawn.ts';

export type Build = 'simd' | 'relaxed' | 'threads';
export type ModuleSource = Partial<Record<Build, () => Promise<WebAssembly.Module>>> & {
  /** The program of worker threads as text. */
  readonly worker?: () => Promise<string>;
};

export interface InitOptions {
  /** A compiled module to use, for runtimes that compile ahead of time. */
  readonly module?: WebAssembly.Module;
  /** Where to fetch the module from. */
  readonly url?: string | URL;
  /**
   * Which build to use; by default relaxed where the engine validates it and the entry has it, and threads for sessions on
   * several threads. With `module` or `url` it says which one that is: 'threads' takes shared memory, for 'relaxed' other
   * costs are predicted.
   */
  readonly build?: Build;
  /** Where browsers find the program of worker threads (the package's wasm/kernels.worker.js), if they may not run a Blob. */
  readonly workerUrl?: string | URL;
}

export interface LoadedModule {
  readonly module: WebAssembly.Module;
  readonly build: Build | 'custom';
  /** Why this build. */
  readonly why: string;
  /** What costs are predicted for; default 'simd'. */
  readonly engine?: EngineClass;
}

let source: ModuleSource = {};
let override: InitOptions = {};
const loaded = new Map<Build | 'custom', Promise<LoadedModule>>();

/** Called by entry points. */
export function provideModules(modules: ModuleSource): void {
  source = modules;
}

/**
 * Chooses where the kernels come from, before the first session; without it the entry point's own are used. Resolves
 * when they are compiled. Throws UsageError if the module cannot be had.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  const before = override;
  override = options;
  loaded.clear();
  try {
    await loadModule(false);
  } catch (error) {
    override = before;
    throw error;
  }
}

/** The module for a new session; compiled once. `deterministic` asks for the build whose results are bit-reproducible. */
export function loadModule(deterministic: boolean): Promise<LoadedModule> {
  const custom = override.module !== undefined || override.url !== undefined;
  const { build, why } = custom ? { build: 'custom' as const, why: 'given to init' } : pick(deterministic);
  return load(build, why);
}

/** What a session on several threads runs on, or the reason why there can be none. */
export async function loadForThreads(): Promise<{ loaded: LoadedModule; worker: WorkerSource } | string> {
  const { build, module, url, workerUrl } = override;
  const custom = module !== undefined || url !== undefined;
  if (build !== 'threads' && custom) return "init was given a module, but not that it is a build for 'threads'";
  if (build !== 'threads' && build !== undefined) return `init asked for the build '${build}', which has one thread`;
  if (!custom && !source.threads) return 'this entry point carries no build for threads';
  const worker = workerUrl === undefined ? await source.worker?.() : undefined;
  if (workerUrl === undefined && worker === undefined) return 'init was told no workerUrl';
  return {
    loaded: await load(custom ? 'custom' : 'threads', 'several threads were asked for'),
    worker: workerUrl === undefined ? { text: worker ?? '' } : { url: workerUrl },
  };
}

function load(build: Build | 'custom', why: string): Promise<LoadedModule> {
  let promise = loaded.get(build);
  if (!promise) {
    const engine: EngineClass = (build === 'custom' ? override.build : build) === 'relaxed' ? 'relaxed' : 'simd';
    promise = obtain(build).then((module) => ({ module, build, why, engine }));
    promise.catch(() => loaded.delete(build));
    loaded.set(build, promise);
  }
  return promise.then((found) => ({ ...found, why }));
}

function pick(deterministic: boolean): { readonly build: Build; readonly why: string } {
  if (!supportsSimd()) throw new UsageError('this engine has no WebAssembly SIMD, which Lacewing needs');
  // Reproducible bits are promised to whoever asks for them; a build asked for in init is a wish about speed.
  if (deterministic && override.build === 'relaxed')
    return { build: 'simd', why: 'deterministic, though init asked for relaxed SIMD' };
  if (override.build !== undefined) {
    if (override.build === 'relaxed' && !supportsRelaxedSimd())
      throw new UsageError('init: want build "relaxed", but this engine does not validate relaxed SIMD');
    return { build: override.build, why: 'asked for in init' };
  }
  if (deterministic) return { build: 'simd', why: 'deterministic: relaxed SIMD may round differently per machine' };
  if (!source.relaxed) return { build: 'simd', why: 'this entry point carries no relaxed build' };
  if (!supportsRelaxedSimd()) return { build: 'simd', why: 'this engine does not validate relaxed SIMD' };
  return { build: 'relaxed', why: 'this engine validates relaxed SIMD' };
}

async function obtain(build: Build | 'custom'): Promise<WebAssembly.Module> {
  if (build === 'custom') {
    const { module, url } = override;
    if (module === undefined) return fetchModule(String(url));
    if (module instanceof WebAssembly.Module) return module;
    throw new UsageError(`init: want module as a WebAssembly.Module, got ${module === null ? 'null' : typeof module}`);
  }
  const load = source[build];
  if (!load)
    throw new UsageError(
      `this entry point carries no "${build}" kernels: call init({ module }) or init({ url }) first`,
    );
  return load();
}

async function fetchModule(url: string): Promise<WebAssembly.Module> {
  const refuse = (got: string, cause?: unknown): never => {
    throw new UsageError(`init: want the kernels at ${url}, got ${got}`, { cause });
  };
  const response = await fetch(url).catch((error: unknown) => refuse(String(error), error));
  if (!response.ok) refuse(`HTTP ${response.status}`);
  const bytes = await response.arrayBuffer();
  return WebAssembly.compile(bytes).catch((error: unknown) => refuse(String(error), error));
}

export { supportsRelaxedSimd, supportsSimd };
