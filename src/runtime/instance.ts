/** The one place where modules are instantiated. */
import { instantiateSync } from '@assemblyscript/loader';
import { createHeap, type Heap } from './heap.ts';
import { sharedMemory } from './shared-memory.ts';

/** An export of the kernels: numbers in; a status (0 = done) or nothing out. */
// biome-ignore lint/suspicious/noConfusingVoidType: WebAssembly functions without a result return undefined
export type KernelFunction = (...args: readonly number[]) => number | void;

export interface Instance {
  readonly kernels: Readonly<Record<string, KernelFunction>>;
  readonly heap: Heap;
}

/** Fresh kernels on a fresh memory, or on the one that is given: dropping the instance returns all of it. */
export function instantiate(module: WebAssembly.Module, maxMemory?: number, given?: WebAssembly.Memory): Instance {
  const on = (memory: WebAssembly.Memory): Instance => {
    const { exports } = instantiateSync(module, { env: { memory } });
    return { kernels: exports as unknown as Record<string, KernelFunction>, heap: createHeap(memory, maxMemory) };
  };
  if (given) return on(given);
  try {
    return on(new WebAssembly.Memory({ initial: 1 }));
  } catch (error) {
    // A build for threads takes shared memory only, and only the attempt tells that it is one.
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    return on(sharedMemory(maxMemory));
  }
}
