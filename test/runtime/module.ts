/** Compiled kernels for tests that go below the public API. */
import { readFileSync } from 'node:fs';
import type { LoadedModule } from '../../src/runtime/modules.ts';

const modules = new Map<string, LoadedModule>();

export function moduleOf(build: 'simd' | 'threads' | 'debug'): LoadedModule {
  let loaded = modules.get(build);
  if (!loaded) {
    const bytes = readFileSync(new URL(`../../build/wasm/kernels.${build}.wasm`, import.meta.url));
    loaded = { module: new WebAssembly.Module(bytes), build: 'custom', why: `${build} for a test` };
    modules.set(build, loaded);
  }
  return loaded;
}
