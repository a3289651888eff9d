/** Files beside a model, where the numbers of large ones lie: read by position from a disk, or fetched whole. */
import { ModelError, UsageError } from '../core/errors.ts';

/** What the ONNX reader asks for. */
export type ReadBeside = (location: string, offset: number, length: number) => Uint8Array;

export interface FilesBeside {
  readonly read: ReadBeside;
  close(): void;
}

interface FileSystem {
  openSync(path: string): number;
  closeSync(file: number): void;
  statSync(path: string): { readonly size: number; isFile(): boolean };
  readSync(file: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  realpathSync(path: string): string;
}

interface Paths {
  dirname(path: string): string;
  join(...parts: readonly string[]): string;
  relative(from: string, to: string): string;
  isAbsolute(path: string): boolean;
}

/** A builtin module of Node where there is one, without an import that a bundler would follow. */
export function builtin<T>(name: string): T | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.(`node:${name}`) as T | undefined;
}

/** One read takes no more, whatever the system. */
const CHUNK = 2 ** 30;

/** The files in the folder of a model on disk. Links that lead out of it are refused. undefined where there are no files. */
export function filesBeside(model: string): FilesBeside | undefined {
  const [fs, paths] = [builtin<FileSystem>('fs'), builtin<Paths>('path')];
  if (!fs || !paths) return undefined;
  const open = new Map<string, { readonly file: number; readonly size: number }>();

  function fileOf(location: string): { readonly file: number; readonly size: number } {
    const found = open.get(location);
    if (found) return found;
    const { folder, path } = pathOf(location);
    const away = (paths as Paths).relative(folder, path);
    if (away.startsWith('..') || (paths as Paths).isAbsolute(away))
      throw new ModelError(`want a file in ${folder}, got a link to ${path}`);
    // Asked before it is opened: a pipe would wait for someone to write.
    const stat = (fs as FileSystem).statSync(path);
    if (!stat.isFile()) throw new ModelError('want a file, got a folder or a device');
    const opened = { file: (fs as FileSystem).openSync(path), size: stat.size };
    open.set(location, opened);
    return opened;
  }

  function pathOf(location: string): { readonly folder: string; readonly path: string } {
    const { realpathSync } = fs as FileSystem;
    const folder = realpathSync((paths as Paths).dirname(model));
    try {
      return { folder, path: realpathSync((paths as Paths).join(folder, location)) };
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw missing ? new ModelError(`want such a file in ${folder}, got none`) : error;
    }
  }

  return {
    read(location, offset, length) {
      const { file, size } = fileOf(location);
      if (offset + length > size)
        throw new ModelError(`want bytes ${offset} to ${offset + length}, got a file of ${size}`);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const got = fs.readSync(file, bytes, done, Math.min(CHUNK, length - done), offset + done);
        if (got === 0)
          throw new ModelError(`want bytes ${offset} to ${offset + length}, got an end at ${offset + done}`);
        done += got;
      }
      return bytes;
    },
    close() {
      for (const { file } of open.values()) fs.closeSync(file);
      open.clear();
    },
  };
}

/** The named files at the URL of a model, each fetched whole. */
export async function fetchBeside(model: string | URL, locations: readonly string[]): Promise<ReadBeside> {
  const files = new Map<string, Uint8Array>();
  for (const location of locations) files.set(location, await fetchBytes(urlBeside(model, location)));
  return (location, offset, length) => {
    const bytes = files.get(location) ?? new Uint8Array();
    if (offset + length > bytes.length)
      throw new ModelError(`want bytes ${offset} to ${offset + length}, got a file of ${bytes.length}`);
    return bytes.subarray(offset, offset + length);
  };
}

/** Every part of the path is a name, whatever it may mean in a URL. */
function urlBeside(model: string | URL, location: string): URL {
  const { location: page } = globalThis as unknown as { readonly location?: { readonly href: string } };
  const path = location.split('/').map(encodeURIComponent).join('/');
  return new URL(path, new URL(model, page?.href));
}

export async function fetchBytes(source: string | URL): Promise<Uint8Array> {
  const response = await fetch(source);
  if (!response.ok) throw new ModelError(`model "${source}": want HTTP 200, got ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The path of a file on disk for a path or file URL; undefined for what is to be fetched. */
export function pathOnDisk(source: string | URL): string | undefined {
  const text = String(source);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return builtin('fs') === undefined ? undefined : text;
  if (scheme !== 'file') return undefined;
  const url = builtin<{ fileURLToPath(url: URL): string }>('url');
  try {
    return url?.fileURLToPath(new URL(text));
  } catch (error) {
    throw new UsageError(`model "${text}": ${error instanceof Error ? error.message : String(error)}`);
  }
}
