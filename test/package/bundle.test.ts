/** What an importer of one subpath gets: only the rooms it needs, nothing that is missing outside Node. */
import { describe, expect, it } from 'vitest';
import { bundle, gzipped, subpaths } from '../../scripts/bundle.ts';

const values = ['graph', 'formats', 'core'];
const runtime = ['', 'entries', 'runtime', 'plan', 'kernels', 'passes', 'ops', ...values];

/** Rooms that may be loaded with each entry, besides none that are missing: a bundle may need fewer. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  '.': [...runtime, 'wasm'],
  './url': runtime,
  './train': [...runtime.filter((room) => room !== ''), 'wasm', 'train', 'prune', 'file'],
  // The kernel table and an instance: no planning, no ops, no graph.
  './sparse': ['sparse', 'entries', 'runtime', 'kernels', 'file', 'formats', 'core', 'wasm'],
  './onnx': ['onnx', 'ops', ...values],
  './file': ['file', 'ops', ...values],
  './prune': ['prune', 'passes', 'ops', ...values],
  './forecast': ['forecast', 'plan', 'kernels', 'prune', 'passes', 'ops', ...values],
  './check': ['check', 'onnx', 'file', 'plan', 'kernels', 'prune', 'passes', 'ops', ...values],
  './graph': values,
  './models': ['models', ...values],
  './node': ['node', 'core'],
};

/** Kibibytes of minified, gzipped JavaScript that the runtime may cost, kernels apart. */
const BUDGET = 100;

describe.each(subpaths())('%s', (subpath) => {
  it('brings no code of other rooms along', async () => {
    expect(rooms).toHaveProperty([subpath]);
    const { rooms: found } = await bundle(subpath);
    expect([...found].filter((room) => !rooms[subpath].includes(room))).toEqual([]);
    expect(found.size).toBeGreaterThan(0);
  });

  it('needs nothing that only Node has', async () => {
    if (subpath === './node') return;
    const { code, externals } = await bundle(subpath, { withoutKernels: true });
    expect(externals).toEqual([]);
    // As free names; a property such as globalThis.process is looked up and may be absent.
    expect(code.match(/(?<![.\w$'"`-])(process|Buffer|__dirname|require)(?=[.([])/g) ?? []).toEqual([]);
  });
});

describe('the runtime', () => {
  it('loads the readers of model files when a file comes, not before', async () => {
    const { laterRooms } = await bundle('.');
    expect([...laterRooms].sort()).toEqual(['file', 'onnx']);
  });

  it(`is below ${BUDGET} KiB without the kernels`, async () => {
    const { code } = await bundle('.', { withoutKernels: true });
    expect(gzipped(code) / 1024).toBeLessThan(BUDGET);
  });

  it.each(['.', './train', './sparse'])(
    '%s leaves the kernels to an edge runtime as .wasm imports',
    async (subpath) => {
      const { rooms: found, externals } = await bundle(subpath, { conditions: ['workerd'] });
      expect([...new Set(externals.map((path) => path.replace(/^.*\//, '')))].sort()).toEqual([
        'kernels.relaxed.wasm',
        'kernels.simd.wasm',
      ]);
      expect(found.has('wasm')).toBe(false);
    },
  );
});
