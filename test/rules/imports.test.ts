/** Who may import whom (ARCHITECTURE.md): a forbidden import fails with the rule it breaks. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const rules: Record<string, readonly string[]> = {
  core: [],
  formats: ['core'],
  graph: ['formats', 'core'],
  ops: ['graph', 'formats', 'core'],
  models: ['graph', 'formats', 'core'],
  onnx: ['ops', 'graph', 'formats', 'core'],
  file: ['ops', 'graph', 'formats', 'core'],
  passes: ['ops', 'graph', 'formats', 'core'],
  prune: ['passes', 'ops', 'graph', 'formats', 'core'],
  kernels: ['formats', 'core'],
  plan: ['kernels', 'ops', 'graph', 'formats', 'core'],
  // The readers only from load.ts, by dynamic import; the passes only to optimize what was loaded.
  runtime: ['plan', 'kernels', 'passes', 'ops', 'graph', 'formats', 'core', 'file', 'onnx'],
  train: ['runtime', 'plan', 'prune', 'passes', 'ops', 'graph', 'formats', 'core', 'file'],
  forecast: ['plan', 'kernels', 'prune', 'passes', 'ops', 'graph', 'formats', 'core'],
  check: ['plan', 'kernels', 'prune', 'passes', 'ops', 'graph', 'formats', 'core', 'file', 'onnx'],
  sparse: ['runtime', 'kernels', 'formats', 'core', 'file'],
  node: ['core'],
  wasm: [],
};
const unbounded = new Set(['cli', 'entries', '']);

const files = readdirSync('src', { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));

function importsOf(path: string): string[] {
  const text = readFileSync(join('src', path), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]);
}

const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

describe('import rules', () => {
  it.each(files)('%s', (path) => {
    const room = roomOf(path);
    if (unbounded.has(room)) return;
    expect(rules, `room ${room} has no rule`).toHaveProperty(room);
    for (const wanted of importsOf(path).filter((specifier) => specifier.startsWith('.'))) {
      const target = roomOf(normalize(join(dirname(path), wanted)));
      if (target === room) continue;
      expect(
        rules[room],
        `${path} imports ${wanted}: ${room} may import ${rules[room].join(', ') || 'nothing'}`,
      ).toContain(target);
    }
  });

  it('only the command line and the Node adapters use Node modules', () => {
    for (const path of files) {
      if (['cli', 'node'].includes(roomOf(path))) continue;
      expect(
        importsOf(path).filter((specifier) => specifier.startsWith('node:')),
        path,
      ).toEqual([]);
    }
  });

  it('the runtime reads files by dynamic import alone', () => {
    for (const path of files.filter((file) => roomOf(file) === 'runtime')) {
      const text = readFileSync(join('src', path), 'utf8');
      expect([...text.matchAll(/^import .* from '\.\.\/(file|onnx)\//gm)], path).toEqual([]);
    }
  });

  it('the runtime depends on the loader alone', () => {
    const rooms = new Set([
      '',
      'core',
      'formats',
      'graph',
      'ops',
      'passes',
      'kernels',
      'plan',
      'runtime',
      'prune',
      'train',
      'sparse',
    ]);
    for (const path of files.filter((file) => rooms.has(roomOf(file))))
      for (const wanted of importsOf(path).filter((specifier) => !specifier.startsWith('.')))
        expect(wanted, path).toBe('@assemblyscript/loader');
  });
});
