// Bundles the worker thread into one script: as a file for those who serve it (dist/wasm/), as a text for all others.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const { outputFiles } = buildSync({
  entryPoints: ['src/runtime/threads/worker.ts'],
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  target: 'es2022',
});
const script = outputFiles[0].text.trim();
const module = `// Made by scripts/build-worker.mjs.\nexport default ${JSON.stringify(script)};\n`;

/** An equal file is left alone: its new date would make the next build think that a source has changed. */
function write(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

mkdirSync('build/wasm', { recursive: true });
mkdirSync('src/wasm', { recursive: true });
write('build/wasm/kernels.worker.js', `${script}\n`);
write('src/wasm/worker.ts', module);
