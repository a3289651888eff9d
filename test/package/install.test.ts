/** The package as Node sees it: each subpath on its own, `require`, and what `npm pack` would put into the archive. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { manifest, subpaths } from '../../scripts/bundle.ts';

function node(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const names = subpaths().map((subpath) => subpath.replace(/^\./, 'lacewing'));

describe('imports in a process of its own', () => {
  it.each(names)('%s', (name) => {
    const out = node('--input-type=module', '-e', `console.log(Object.keys(await import('${name}')).length)`);
    expect(Number(out)).toBeGreaterThan(0);
  });
});

describe('require', () => {
  it('runs a model from a CommonJS program', () => {
    const program = `
      const { InferenceSession, Tensor } = require('lacewing');
      const { mlp } = require('lacewing/models');
      InferenceSession.create(mlp([4, 3]))
        .then((session) => session.run({ image: new Tensor('float32', [1, 2, 3, 4], [1, 4]) }))
        .then(({ logits }) => console.log(JSON.stringify(logits.dims)));`;
    expect(JSON.parse(node('--input-type=commonjs', '-e', program))).toEqual([1, 3]);
  });
});

describe('the archive', () => {
  const listed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], { encoding: 'utf8' }),
  ) as readonly { readonly files: readonly { readonly path: string }[] }[];
  const paths = listed[0].files.map(({ path }) => path);

  it('holds every target of the exports', () => {
    const targets = Object.values(manifest().exports)
      .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
      .filter((target) => !target.includes('*'))
      .map((target) => target.replace(/^\.\//, ''));
    expect(targets.filter((target) => !paths.includes(target))).toEqual([]);
    expect(paths).toContain('dist/wasm/kernels.simd.wasm');
    expect(paths).toContain('dist/cli/main.js');
  });

  it('holds no tests, sources, maps or build marks', () => {
    const texts = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];
    const kinds = /^dist\/[\w./-]+\.(js|d\.ts|wasm)$/;
    expect(paths.filter((path) => !texts.includes(path) && !kinds.test(path))).toEqual([]);
    expect(texts.filter((path) => !paths.includes(path))).toEqual([]);
  });
});
