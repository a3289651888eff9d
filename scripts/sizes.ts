/** Prints what an importer downloads, entry by entry. Run after a build: `npm run sizes`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { bundle, gzipped, subpaths } from './bundle.ts';

const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

console.log(`${'entry, minified'.padEnd(34)}${'size'.padStart(12)}${'gzip'.padStart(12)}`);
for (const subpath of subpaths()) {
  const name = subpath.replace(/^\./, 'lacewing');
  const whole = await bundle(subpath);
  console.log(name.padEnd(34) + kib(whole.code.length) + kib(gzipped(whole.code)));
  if (!whole.rooms.has('wasm')) continue;
  const { code } = await bundle(subpath, { withoutKernels: true });
  console.log(`  without the kernels`.padEnd(34) + kib(code.length) + kib(gzipped(code)));
}
for (const file of readdirSync('dist/wasm').filter((name) => name.endsWith('.wasm'))) {
  const path = `dist/wasm/${file}`;
  console.log(file.padEnd(34) + kib(statSync(path).size) + kib(gzipped(readFileSync(path))));
}
