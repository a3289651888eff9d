/** Makes a graph of whatever a caller hands to `create`: bytes, a URL, a path, or a graph. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { isCommon } from '../ops/registry.ts';
import { builtin, fetchBeside, fetchBytes, filesBeside, pathOnDisk, type ReadBeside } from './beside.ts';

/** Bytes of an ONNX or .lace file, where to find them (a path works in Node only), or a graph. */
export type ModelSource = Uint8Array | ArrayBuffer | string | URL | Graph;

export async function loadGraph(source: ModelSource): Promise<Graph> {
  const graph = await graphOf(source);
  if (!graph.nodes.every(({ op }) => isCommon(op))) (await import('./everything.ts')).loadEverything();
  return graph;
}

async function graphOf(source: ModelSource): Promise<Graph> {
  if (source instanceof ArrayBuffer) return readModel(new Uint8Array(source));
  if (source instanceof Uint8Array) return readModel(source);
  if (typeof source === 'string' || source instanceof URL) return loadFile(source);
  if (typeof source === 'object' && source !== null && Array.isArray(source.nodes)) return source;
  throw new UsageError(`model: want bytes, a URL, a path or a Graph, got ${source === null ? 'null' : typeof source}`);
}

/** How to come by the files that an ONNX model names: at once, by position, or by fetching them when their names are known. */
export interface Beside {
  readonly read?: ReadBeside;
  readonly fetch?: (locations: readonly string[]) => Promise<ReadBeside>;
}

/** Reads ONNX or .lace, told apart by content. The readers are loaded when first needed, so that none is paid for in vain. */
export async function readModel(bytes: Uint8Array, beside: Beside = {}): Promise<Graph> {
  const { detectFormat } = await import('../file/format.ts');
  if (detectFormat(bytes) === 'lace') return (await import('../file/lace.ts')).readLace(bytes);
  const { externalLocations, readOnnx } = await import('../onnx/index.ts');
  const locations = beside.fetch ? externalLocations(bytes) : [];
  const external = beside.fetch && locations.length > 0 ? await beside.fetch(locations) : beside.read;
  return readOnnx(bytes, external && { external });
}

/** The model at a path or URL, with the numbers that lie in files beside it. */
async function loadFile(source: string | URL): Promise<Graph> {
  const path = pathOnDisk(source);
  if (path === undefined)
    return readModel(await fetchBytes(source), { fetch: (locations) => fetchBeside(source, locations) });
  return readModelAt(path, await readFile(path));
}

/** Reads the bytes of the model at this path. */
export async function readModelAt(path: string, bytes: Uint8Array): Promise<Graph> {
  const files = filesBeside(path);
  try {
    return await readModel(bytes, files);
  } finally {
    files?.close();
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  const fileSystem = builtin<{ readFile(path: string): Promise<Uint8Array> }>('fs/promises');
  try {
    return (await fileSystem?.readFile(path)) ?? new Uint8Array();
  } catch (error) {
    throw new UsageError(`model "${path}": ${error instanceof Error ? error.message : String(error)}`);
  }
}
