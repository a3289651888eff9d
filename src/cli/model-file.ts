/** Model files by path. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ModelError, UsageError } from '../core/errors.ts';
import { writeLace } from '../file/index.ts';
import type { Graph } from '../graph/graph.ts';
import { readFileBytes, writeFileAtomic } from '../node/index.ts';
import { writeOnnx } from '../onnx/index.ts';
import { encodeWeights } from '../plan/encode.ts';
import { readModelAt } from '../runtime/load.ts';

/** Throws UsageError when the file cannot be read, ModelError, naming the file, when it is no sound model. */
export async function readModelFile(path: string): Promise<Graph> {
  const bytes = await readFileBytes(path);
  try {
    return await readModelAt(path, bytes);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const [only] = error.problems;
    throw new ModelError(error.problems.length === 1 ? `"${path}": ${only}` : error.problems, { cause: error });
  }
}

export type ModelExtension = '.lace' | '.onnx';

/** The kind of file that a path asks for. Throws UsageError for another extension. */
export function extensionOf(path: string, allowed: readonly ModelExtension[] = ['.lace', '.onnx']): ModelExtension {
  const found = allowed.find((extension) => path.toLowerCase().endsWith(extension));
  if (!found) throw new UsageError(`"${path}": want a file name ending in ${allowed.join(' or ')}`);
  return found;
}

/**
 * Makes sure, before hours of work, that a model can go there. Throws UsageError for an unknown extension, or a folder that is
 * missing or not to be written to.
 */
export async function checkOutput(path: string): Promise<void> {
  extensionOf(path);
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new UsageError(`"${path}": want a folder that can be written to, got ${got}`, { cause: error });
  }
}

/**
 * Writes the model as its extension asks. `sparse` is about ONNX: sparse initializers instead of written-out zeros.
 * @returns how many bytes
 */
export async function writeModelFile(path: string, graph: Graph, sparse = false): Promise<number> {
  const bytes = extensionOf(path) === '.lace' ? writeLace(graph) : writeOnnx(graph, { sparse });
  await writeFileAtomic(path, bytes);
  return bytes.byteLength;
}

/**
 * The graph with dense weights that are mostly zeros stored sparse: such a model was pruned before it came here, and its
 * zeros are its mask. Weights that are nothing but zeros are left alone: more likely they are yet to be trained.
 */
export function adoptZeros(graph: Graph): { readonly graph: Graph; readonly adopted: readonly string[] } {
  const encoded = encodeWeights(graph, 'auto').constants;
  const constants = new Map(graph.constants);
  const adopted: string[] = [];
  for (const [name, constant] of encoded) {
    if (constant === graph.constants.get(name)) continue;
    if (constant.encoding === 'dense' || constant.values.every((value) => value === 0)) continue;
    constants.set(name, constant);
    adopted.push(name);
  }
  return { graph: { ...graph, constants }, adopted };
}
