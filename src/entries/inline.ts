/** The kernels as base64 inside the JavaScript: works wherever an engine may compile bytes, with no file to find. */
import { type ModuleSource, provideModules } from '../runtime/modules.ts';
import simd from '../wasm/simd.ts';

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

const modules: ModuleSource = {
  simd: () => WebAssembly.compile(decode(simd)),
  relaxed: async () => WebAssembly.compile(decode((await import('../wasm/relaxed.ts')).default)),
  threads: async () => WebAssembly.compile(decode((await import('../wasm/threads.ts')).default)),
  worker: async () => (await import('../wasm/worker.ts')).default,
};

export function provideInlineModules(): void {
  provideModules(modules);
}
