/**
 * The kernels behind all sparse tensors: one instance, one memory. It holds the packed forms of tensors that have been
 * multiplied, and, while a product runs, its dense operands:
 *
 *     memory   | reserved | packed patterns and values, per tensor | operands of the product that runs | ... grows
 */
import { UsageError } from '../core/errors.ts';
import type { EngineClass } from '../kernels/cost.ts';
import { type Instance, instantiate } from '../runtime/instance.ts';
import { type LoadedModule, loadModule } from '../runtime/modules.ts';

export interface ReadyOptions {
  /** Cap on the WebAssembly memory of all sparse tensors together, in bytes; none but the engine's 4 GiB by default. */
  readonly maxMemory?: number;
  /** Use the plain SIMD build even where relaxed SIMD exists: the same bits on every machine. Default false. */
  readonly deterministic?: boolean;
}

export interface SparseInfo {
  readonly build: string;
  /** Why that build. */
  readonly why: string;
  /** Bytes in use and bytes of the WebAssembly memory. */
  readonly memory: { readonly used: number; readonly size: number };
}

interface Engine {
  readonly loaded: LoadedModule;
  readonly options: ReadyOptions;
  /** Made when it is first needed. */
  instance: Instance | undefined;
}

/** An idle memory up to this size is kept for the next product; a larger one is dropped. */
const KEPT_BYTES = 1 << 24;

let engine: Engine | undefined;
let starting: Promise<Engine> | undefined;

/**
 * Compiles the kernels. Await it once, before the first product; everything after that is synchronous. Calling it again
 * does nothing. Where the kernels come from, `init` says.
 * @throws UsageError on a wrong option, on other options than the first time, or when the kernels cannot be had
 */
export async function ready(options: ReadyOptions = {}): Promise<void> {
  const { maxMemory, deterministic = false } = options;
  if (maxMemory !== undefined && !(Number.isInteger(maxMemory) && maxMemory >= 1))
    throw new UsageError(`ready: maxMemory: want a whole number from 1, got ${String(maxMemory)}`);
  starting ??= loadModule(deterministic).then((loaded) => ({ loaded, options, instance: undefined }));
  try {
    engine = await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
  const { options: first } = engine;
  if ((first.deterministic ?? false) !== deterministic || first.maxMemory !== maxMemory)
    throw new UsageError(
      `ready: want the options of its first call, ${JSON.stringify(first)}, got ${JSON.stringify(options)}`,
    );
}

function started(where: string): Engine {
  if (engine) return engine;
  throw new UsageError(`${where}: want \`await ready()\` before the first product, got none`);
}

/** The kernels and their memory. Throws UsageError when `ready` has not been awaited. */
export function instanceFor(where: string): Instance {
  const found = started(where);
  found.instance ??= instantiate(found.loaded.module, found.options.maxMemory);
  return found.instance;
}

/** What costs are predicted for. */
export function engineClass(): EngineClass {
  return engine?.loaded.engine ?? 'simd';
}

/** Which build runs, and the memory of all sparse tensors. Throws UsageError when `ready` has not been awaited. */
export function info(): SparseInfo {
  const { loaded, instance } = started('info');
  const { build, why } = loaded;
  return { build, why, memory: { used: instance?.heap.used() ?? 0, size: instance?.heap.size() ?? 0 } };
}

/** What of a tensor lies in the memory: address by name. It must not lead to the tensor, which could never be collected. */
export interface Packed {
  readonly instance: Instance;
  readonly addresses: Map<string, number>;
}

/** Frees what a tensor had packed. WebAssembly memory never shrinks: a large one that nobody uses any more is dropped whole. */
export function release({ instance, addresses }: Packed): void {
  const { heap } = instance;
  for (const address of addresses.values()) heap.free(address);
  addresses.clear();
  if (engine?.instance === instance && heap.used() === 0 && heap.size() > KEPT_BYTES) engine.instance = undefined;
}
