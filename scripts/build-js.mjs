// Compiles src/ into dist/ and puts the kernels beside it. tsc runs only when a source is newer than the last build.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const stamp = 'dist/.built';
const sources = readdirSync('src', { recursive: true })
  .map((name) => join('src', String(name)))
  .filter((path) => statSync(path).isFile());
const newest = Math.max(...[...sources, 'tsconfig.json', 'package-lock.json'].map((path) => statSync(path).mtimeMs));
const kernels = ['simd', 'relaxed', 'threads'].map((target) => `kernels.${target}.wasm`);

// The edge entry imports the kernels by relative path: beside the sources for tests, beside the output for users.
// An equal copy is left alone: its new date would make the next build think that a source has changed.
for (const name of kernels) {
  const [from, to] = [join('build/wasm', name), join('src/wasm', name)];
  if (!existsSync(to) || !readFileSync(from).equals(readFileSync(to))) copyFileSync(from, to);
}
if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
  rmSync('dist', { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'],
    {
      stdio: 'inherit',
    },
  );
  mkdirSync('dist/wasm', { recursive: true });
  for (const name of [...kernels, 'kernels.worker.js']) copyFileSync(join('build/wasm', name), join('dist/wasm', name));
  if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755);
  writeFileSync(stamp, '');
}
