/** The entry points register the kernels; below them a test does. */
import { provideModules } from '../../src/runtime/modules.ts';
import { moduleOf } from '../runtime/module.ts';

export function provideTestModules(): void {
  provideModules({ simd: async () => moduleOf('simd').module });
}
