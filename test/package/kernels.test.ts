/** The kernels in the package: every build exports what the tables name, and the inlined copies are the files. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { conversions } from '../../src/kernels/layouts.ts';
import { kernels } from '../../src/kernels/table.ts';
import { wasmExports } from './wasm-exports.ts';

const targets = ['simd', 'relaxed', 'threads', 'debug'] as const;

/** What no row calls because planning does: the copy of an updated constant. */
const byPlanning = ['copy_bytes'];

const named = [...new Set([...[...kernels, ...conversions].flatMap((row) => row.exports), ...byPlanning])].sort();

describe.each(targets)('kernels.%s.wasm', (target) => {
  const bytes = readFileSync(`build/wasm/kernels.${target}.wasm`);

  it('exports the kernels of the tables, none missing and none besides', () => {
    const { functions, others } = wasmExports(bytes);
    expect(functions.sort()).toEqual(named);
    expect(others.filter((name) => name !== 'memory')).toEqual([]);
  });
});

describe.each(['simd', 'relaxed', 'threads'] as const)('the inlined %s kernels', (target) => {
  it('are the file, byte for byte', async () => {
    const file = readFileSync(`build/wasm/kernels.${target}.wasm`);
    expect(readFileSync(`dist/wasm/kernels.${target}.wasm`).equals(file)).toBe(true);
    const text = readFileSync(`dist/wasm/${target}.js`, 'utf8');
    const base64 = /'([A-Za-z0-9+/=]+)'/.exec(text)?.[1] ?? '';
    expect(Buffer.from(base64, 'base64').equals(file)).toBe(true);
  });
});

describe('the inlined worker', () => {
  it('is the file that can be served', async () => {
    const { default: text } = (await import('../../src/wasm/worker.ts')) as { readonly default: string };
    for (const folder of ['build', 'dist'])
      expect(readFileSync(`${folder}/wasm/kernels.worker.js`, 'utf8').trim()).toBe(text);
  });
});
