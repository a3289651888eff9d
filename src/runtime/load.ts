/** Makes a graph of whatever a caller hands to `create`: bytes, a URL, a path, or a graph. */
import { ModelError, UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';

/** Bytes of an ONNX or .lace file, where to find them (a path works in Node only), or a graph. */
export type ModelSource = Uint8Array | ArrayBuffer | string | URL | Graph;

export async function loadGraph(source: ModelSource): Promise<Graph> {
  if (source instanceof ArrayBuffer) return readModel(new Uint8Array(source));
  if (source instanceof Uint8Array) return readModel(source);
  if (typeof source === 'string' || source instanceof URL) return readModel(await fetchBytes(source));
  if (typeof source === 'object' && source !== null && Array.isArray(source.nodes)) return source;
  throw new UsageError(`model: want bytes, a URL, a path or a Graph, got ${source === null ? 'null' : typeof source}`);
}

/** Reads ONNX or .lace, told apart by content. The readers are loaded when first needed, so that none is paid for in vain. */
export async function readModel(bytes: Uint8Array): Promise<Graph> {
  const { detectFormat } = await import('../file/format.ts');
  if (detectFormat(bytes) === 'lace') return (await import('../file/lace.ts')).readLace(bytes);
  return (await import('../onnx/index.ts')).readOnnx(bytes);
}

interface NodeFileSystem {
  readFile(path: string | URL): Promise<Uint8Array>;
}

/** node:fs/promises where there is one, without an import that a bundler would follow. */
function nodeFileSystem(): NodeFileSystem | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:fs/promises') as NodeFileSystem | undefined;
}

async function fetchBytes(source: string | URL): Promise<Uint8Array> {
  const text = String(source);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  const fileSystem = nodeFileSystem();
  if (fileSystem && (scheme === undefined || scheme === 'file')) {
    try {
      return await fileSystem.readFile(scheme === 'file' ? new URL(text) : text);
    } catch (error) {
      throw new UsageError(`model "${text}": ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const response = await fetch(source);
  if (!response.ok) throw new ModelError(`model "${text}": want HTTP 200, got ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
