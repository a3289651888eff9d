/** The kernels as modules that the host compiles: edge workers refuse to compile bytes at run time. */
import { provideModules } from '../runtime/modules.ts';
import relaxed from '../wasm/kernels.relaxed.wasm';
import simd from '../wasm/kernels.simd.wasm';

export function provideWorkerdModules(): void {
  provideModules({ simd: async () => simd, relaxed: async () => relaxed });
}
