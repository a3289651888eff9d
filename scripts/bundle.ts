/** Bundles the package's entry points as a user's bundler would: what the sizes and the tests of the package look at. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';

/** Where package.json sends an importer: a file, or a file per condition. */
type Target = string | Readonly<Record<string, string>>;

interface Manifest {
  readonly exports: Readonly<Record<string, Target>>;
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
}

/** The subpaths that hold code: '.', './onnx', ... */
export function subpaths(): string[] {
  return Object.entries(manifest().exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath]) => subpath);
}

export interface Bundle {
  /** Rooms of src/ whose code is loaded with the entry. */
  readonly rooms: ReadonlySet<string>;
  /** Rooms whose code is loaded later, by dynamic import, and not with the entry. */
  readonly laterRooms: ReadonlySet<string>;
  /** Minified code that is loaded with the entry. */
  readonly code: string;
  /** Modules left for the host to find. */
  readonly externals: readonly string[];
}

export interface BundleOptions {
  readonly conditions?: readonly string[];
  /** Leaves the kernels inside the JavaScript (base64) out. */
  readonly withoutKernels?: boolean;
}

/** Puts an empty text in the place of the inlined kernels. */
const emptyKernels: Plugin = {
  name: 'empty-kernels',
  setup(context) {
    context.onLoad({ filter: /dist[\\/]wasm[\\/]\w+\.js$/ }, () => ({ contents: "export default ''" }));
  },
};

/** Bundles one public subpath from dist/. Throws when it cannot be resolved or needs what no browser has. */
export async function bundle(subpath: string, options: BundleOptions = {}): Promise<Bundle> {
  const name = subpath.replace(/^\./, 'lacewing');
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${name}'`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    minify: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    outdir: 'bundle',
    conditions: [...(options.conditions ?? [])],
    external: ['*.wasm', 'node:*'],
    plugins: options.withoutKernels ? [emptyKernels] : [],
    logLevel: 'silent',
  });
  const first = loadedWithEntry(metafile);
  const texts = new Map(outputFiles.map((file) => [file.path.replaceAll('\\', '/'), file.text]));
  const code = [...first].map((path) => [...texts].find(([file]) => file.endsWith(path))?.[1] ?? '').join('\n');
  const rooms = roomsOf(metafile, first);
  const all = roomsOf(metafile, Object.keys(metafile.outputs));
  const externals = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  return { rooms, laterRooms: new Set([...all].filter((room) => !rooms.has(room))), code, externals };
}

/** Output files that static imports pull in. */
function loadedWithEntry({ outputs }: Metafile): Set<string> {
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint === '<stdin>');
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path) || !outputs[path]) return;
    found.add(path);
    for (const { path: target, kind } of outputs[path].imports) if (kind === 'import-statement') visit(target);
  };
  visit(entry ?? '');
  return found;
}

/** Rooms that put code into these outputs: dist/plan/build.js is of room plan, dist/index.js of room ''. */
function roomsOf({ outputs }: Metafile, paths: Iterable<string>): Set<string> {
  const rooms = new Set<string>();
  for (const path of paths)
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path].inputs)) {
      const match = /^dist\/(?:([^/]+)\/)?/.exec(input);
      if (match && bytesInOutput > 0) rooms.add(match[1] ?? '');
    }
  return rooms;
}

export function gzipped(data: string | Uint8Array): number {
  return gzipSync(data, { level: 9 }).byteLength;
}
