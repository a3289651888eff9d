/**
 * Builds the bench for browsers into out/bench and serves it on this machine.
 *
 *     npm run bench:browser -- [--port N] [--json FILE]
 *
 * With --json, a finished page sends what it measured and the server ends.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const out = new URL('out/bench/', root);
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/** Writes the page and all that it loads into out/bench; returns the names of the files. */
async function buildPage(): Promise<Set<string>> {
  mkdirSync(new URL('shapes/', out), { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ['page', 'bench', 'ort'].map((name) => `bench/browser/${name}.ts`),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: fileURLToPath(out),
    write: false,
    logLevel: 'warning',
  });
  const names = outputFiles.map(({ path, contents }) => {
    writeFileSync(path, contents);
    return basename(path);
  });
  const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const copies: readonly (readonly [from: string, to: string])[] = [
    [fileURLToPath(new URL('bench/browser/index.html', root)), 'index.html'],
    [wasm, 'onnxruntime.wasm'],
    ...['layers', 'pointwise', 'spatial'].map(
      (name) => [fileURLToPath(new URL(`bench/shapes/${name}.txt`, root)), `shapes/${name}.txt`] as const,
    ),
  ];
  for (const [from, to] of copies) copyFileSync(from, new URL(to, out));
  return new Set([...names, ...copies.map(([, to]) => to)]);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' }, json: { type: 'string' } } });
const port = Number(values.port);
if (!(Number.isSafeInteger(port) && port >= 0 && port < 65536)) {
  console.error(`--port: want a port, got "${values.port}"`);
  process.exit(2);
}
const files = await buildPage();
const server = createServer(async (request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1) || 'index.html';
  if (request.method === 'POST' && path === 'report') {
    const body = await bodyOf(request);
    response.end();
    if (values.json === undefined) return;
    writeFileSync(values.json, body);
    console.log(`${values.json} written`);
    server.closeAllConnections();
    server.close();
  } else if (files.has(path)) {
    response.setHeader('content-type', types[path.slice(path.lastIndexOf('.') + 1)]);
    // Isolated pages get finer clocks.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(readFileSync(new URL(path, out)));
  } else {
    response.statusCode = 404;
    response.end();
  }
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : port}/`);
});
