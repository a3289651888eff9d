/**
 * Every ```ts block of the documents is a whole program: it is checked against the package's types and run against dist/,
 * in a folder that holds a small `model.onnx`. All of them run in one process, in the order of the documents.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { documents } from '../../scripts/docs/documents.ts';
import { mlp } from '../../src/models/mlp.ts';
import { writeOnnx } from '../../src/onnx/write.ts';

const folder = resolve('build/docs');

interface Block {
  readonly name: string;
  readonly code: string;
}

const blocks = documents().flatMap((path): Block[] =>
  [...readFileSync(path, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code], i) => ({
    name: `${basename(path, '.md')}-${i + 1}`,
    code,
  })),
);

/** Runs the programs one after the other and prints, as the last line, what went wrong in each. */
const runner = `
const outcomes = {};
console.log = () => {};
for (const [name, url] of JSON.parse(process.argv[1]))
  outcomes[name] = await import(url).then(() => 'done', (error) => String(error?.stack ?? error));
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
`;

describe('examples in the documents', () => {
  let outcomes: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/model.onnx`, writeOnnx(mlp([784, 100, 10], { seed: 1 })));
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ extends: '../../tsconfig.json', ...checked }));
    for (const { name, code } of blocks) {
      writeFileSync(`${folder}/${name}.ts`, code);
      const { code: plain } = await transform(code, { loader: 'ts', target: 'es2022', format: 'esm' });
      writeFileSync(`${folder}/${name}.mjs`, plain);
    }
    const urls = blocks.map(({ name }) => [name, pathToFileURL(`${folder}/${name}.mjs`).href]);
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', runner, JSON.stringify(urls)], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    outcomes = JSON.parse(out);
  });

  it('are there', () => expect(blocks.length).toBeGreaterThan(5));

  it.each(blocks)('$name runs', ({ name }) => expect(outcomes[name]).toBe('done'));

  it('have no type errors', () => {
    let complaints = '';
    try {
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder], { encoding: 'utf8' });
    } catch (error) {
      complaints = (error as { readonly stdout: string }).stdout;
    }
    expect(complaints).toBe('');
  });
});

/** The examples as a user's compiler would see them. */
const checked = {
  compilerOptions: { rootDir: '.', noEmit: true, declaration: false, noUnusedLocals: false },
  include: ['*.ts'],
};
