/** Files, whole: read with an error that names the path, written so that a crash or a full disk leaves the old one. */
import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../core/errors.ts';

/** The bytes of a file. Throws UsageError with the path and the reason when it cannot be read. */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    // Not the Buffer itself: its `slice` shares memory where that of a Uint8Array copies.
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    throw new UsageError(`"${path}": want a file to read, got ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Writes a file at once or not at all: into a temporary file of the same folder, flushed to the disk, then renamed. A link
 * stays a link and the permissions of an old file stay. What is no regular file, such as a pipe, is written to directly.
 *
 * Throws UsageError with the path and the reason, such as a full disk; the old file is then untouched and the temporary
 * one gone.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const target = await targetOf(path);
    if (target.direct) await writeWhole(target.path, bytes, 'w');
    else await writeThenRename(target.path, bytes, target.mode);
  } catch (error) {
    const size = `${bytes.byteLength} bytes`;
    throw new UsageError(`"${path}": want to write ${size}, got ${reasonOf(error)}`, { cause: error });
  }
}

interface Target {
  readonly path: string;
  /** Not a regular file: there is nothing to rename over. */
  readonly direct: boolean;
  /** Permissions of the file that is there. */
  readonly mode?: number;
}

async function targetOf(path: string): Promise<Target> {
  try {
    const real = await realpath(path);
    const found = await stat(real);
    if (found.isDirectory()) throw new Error('a folder of that name');
    return { path: real, direct: !found.isFile(), mode: found.mode };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { path, direct: false };
    throw error;
  }
}

async function writeThenRename(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    await writeWhole(temporary, bytes, 'wx');
    if (mode !== undefined) await chmod(temporary, mode & 0o7777);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function writeWhole(path: string, bytes: Uint8Array, flags: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(bytes);
    // Pipes and devices have nothing to flush.
    if (flags === 'wx') await file.sync();
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that is read-only',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through something that is not a folder',
  ENOSPC: 'a full disk',
  EDQUOT: 'an exhausted disk quota',
  EFBIG: 'a file larger than is allowed',
  ENAMETOOLONG: 'a name that is too long',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (Object.hasOwn(reasons, code)) return `${reasons[code]} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** True for the error of `readFileBytes` when nothing of that name exists. */
export function isMissing(error: unknown): boolean {
  return error instanceof UsageError && codeOf(error.cause) === 'ENOENT';
}
