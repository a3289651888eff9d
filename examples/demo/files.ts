/** Saved models: on their way out, on their way in, and what their weights hash to. */
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Graph, UsageError } from 'lacewing';
import { writeLace } from 'lacewing/file';
import { writeOnnx } from 'lacewing/onnx';
import { densify } from 'lacewing/prune';

export interface SavedFile {
  readonly path: string;
  readonly bytes: number;
}

export function saveOnnx(folder: string, name: string, graph: Graph): SavedFile {
  return save(folder, `${name}.onnx`, writeOnnx(graph));
}

export function saveLace(folder: string, name: string, graph: Graph): SavedFile {
  return save(folder, `${name}.lace`, writeLace(graph));
}

/** Makes the folder, before anything expensive happens. Throws UsageError when that is impossible. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out: want a folder to write to, got ${error instanceof Error ? error.message : error}`);
  }
}

function save(folder: string, name: string, bytes: Uint8Array): SavedFile {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { path, bytes: bytes.length };
}

/** Twelve digits that depend on every bit of every weight, zeros written out. */
export function hashOf(graph: Graph): string {
  const hash = createHash('sha256');
  const weights = [...densify(graph).constants].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, constant] of weights) {
    if (constant.encoding !== 'dense') throw new Error(`"${name}" is still ${constant.encoding}`);
    const { buffer, byteOffset, byteLength } = constant.data;
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex').slice(0, 12);
}
