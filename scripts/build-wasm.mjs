// Compiles assembly/ into build/wasm/kernels.<target>.wasm and writes the inlined copies that src/wasm/ imports.
// A target is rebuilt only when its sources are newer: `npm test` right after `npm ci` compiles nothing twice.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const inlined = ['simd', 'relaxed', 'threads'];
const targets = process.argv.length > 2 ? process.argv.slice(2) : ['simd', 'relaxed', 'threads', 'debug'];
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

const sources = readdirSync('assembly', { recursive: true })
  .map((name) => join('assembly', String(name)))
  .filter((path) => path.endsWith('.ts'));
const newest = Math.max(...[...sources, 'asconfig.json', 'package-lock.json'].map((path) => statSync(path).mtimeMs));

mkdirSync('build/wasm', { recursive: true });
mkdirSync('src/wasm', { recursive: true });
for (const target of targets) {
  const file = `build/wasm/kernels.${target}.wasm`;
  if (!existsSync(file) || statSync(file).mtimeMs < newest) {
    execFileSync(process.execPath, [asc, '--target', target], { stdio: 'inherit' });
    console.log(`${file}: ${statSync(file).size} bytes`);
  }
  if (inlined.includes(target)) {
    const text = `// Made by scripts/build-wasm.mjs.\nexport default '${readFileSync(file).toString('base64')}';\n`;
    const module = `src/wasm/${target}.ts`;
    if (!existsSync(module) || readFileSync(module, 'utf8') !== text) writeFileSync(module, text);
  }
}
