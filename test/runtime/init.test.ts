/** Where the kernels come from, and that a failed `init` changes nothing. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { mlp } from '../../src/models/index.ts';
import { type InitOptions, init } from '../../src/runtime/modules.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { provideTestModules } from '../train/modules.ts';
import { moduleOf } from './module.ts';

beforeAll(provideTestModules);
afterEach(() => init());

it.each<[string, InitOptions, RegExp]>([
  ['a module that is none', { module: {} as never }, /want module as a WebAssembly.Module, got object/],
  [
    'an address that nobody answers',
    { url: 'http://127.0.0.1:1/kernels.wasm' },
    /want the kernels at http.*, got TypeError/,
  ],
  [
    'bytes that are no module',
    { url: 'data:application/wasm,garbage' },
    /want the kernels at data:.*, got CompileError/,
  ],
  ['a build that is not there', { build: 'relaxed' }, /relaxed/],
])('%s is refused, and sessions go on as before', async (_, options, message) => {
  await init({ module: moduleOf('simd').module });
  await expect(init(options)).rejects.toThrow(UsageError);
  await expect(init(options)).rejects.toThrow(message);
  using session = await InferenceSession.create(mlp([4, 2]));
  expect(session.info().build).toBe('custom');
});
