/** The kernels as files beside the code, found by URL: smallest download where the server or bundler serves them. */
import { provideModules } from '../runtime/modules.ts';

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`want the kernels at ${url}, got HTTP ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

provideModules({
  simd: () => compile(new URL('../wasm/kernels.simd.wasm', import.meta.url)),
  relaxed: () => compile(new URL('../wasm/kernels.relaxed.wasm', import.meta.url)),
  threads: () => compile(new URL('../wasm/kernels.threads.wasm', import.meta.url)),
  worker: async () => (await import('../wasm/worker.ts')).default,
});

export * from '../index.ts';
