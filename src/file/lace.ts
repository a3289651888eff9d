/**
 * Lacewing's own model file: a safetensors file that any reader of that format opens, whose metadata hold the graph.
 *
 *     format    "lace"
 *     version   "1"
 *     graph     JSON: the fields of graph-json.ts, and "constants", a list of what constants.ts says of each
 *
 * The weights are ordinary tensors under their own names. The same graph always gives the same bytes.
 */
import { ModelError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import { verifyConstant } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { verify } from '../ops/verify.ts';
import { fields, list, refuse } from './checked.ts';
import { readConstant, writeConstant } from './constants.ts';
import { frameFields, frameFromJson, frameToJson } from './graph-json.ts';
import { readSafetensors, type SafeTensor, writeSafetensors } from './safetensors.ts';

const FORMAT = 'lace';
const VERSION = 1;
const RESERVED = '__metadata__';

/** Writes a graph. Throws ModelError when it is not sound. */
export function writeLace(graph: Graph): Uint8Array {
  verify(graph);
  const problems = [...graph.constants].flatMap(([name, constant]) =>
    verifyConstant(constant).map((problem) => `constant "${name}": ${problem}`),
  );
  if (problems.length > 0) throw new ModelError(problems);
  const tensors = new Map<string, SafeTensor>();
  // Values go by the names of their constants, except for the one name that safetensors reserves; positions give way.
  const taken = new Set([RESERVED, ...graph.constants.keys()]);
  const fresh = (base: string) => {
    let name = base;
    while (taken.has(name)) name += "'";
    taken.add(name);
    return name;
  };
  const constants = [...graph.constants].map(([name, constant]) =>
    writeConstant(name, constant, name === RESERVED ? fresh(name) : name, tensors, fresh),
  );
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: String(VERSION),
    graph: JSON.stringify({ ...frameToJson(graph), constants }),
  });
}

/**
 * Reads a graph; its constants are copies, bit for bit. Throws ModelError for a file that is broken, is not a .lace file or
 * comes from a newer version, and for a graph that is not sound.
 */
export function readLace(bytes: Uint8Array): Graph {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) refuse('metadata.format', `"${FORMAT}"`, metadata.format);
  const version = Number(metadata.version);
  if (Number.isInteger(version) && version > VERSION)
    throw new ModelError(`metadata.version: the file is of version ${version}, this Lacewing reads up to ${VERSION}`);
  if (metadata.version !== String(VERSION)) refuse('metadata.version', `"${VERSION}"`, metadata.version);
  const json = fields(parse(metadata.graph ?? ''), 'graph', [...frameFields, 'constants']);

  const left = new Map(tensors);
  const take = (name: string): SafeTensor => {
    const tensor =
      left.get(name) ??
      refuse(`tensor "${name}"`, 'a tensor that is used once', tensors.has(name) ? 'another use' : 'none');
    left.delete(name);
    return tensor;
  };
  const constants = new Map<string, Constant>();
  for (const [name, constant] of list(json.constants, 'graph.constants', (value, where) =>
    readConstant(value, where, take),
  )) {
    if (constants.has(name)) throw new ModelError(`constant "${name}": it is given twice`);
    constants.set(name, constant);
  }
  const [unused] = left.keys();
  if (unused !== undefined) throw new ModelError(`tensor "${unused}": no constant uses it`);
  return verify({ ...frameFromJson(json), constants });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelError(`metadata.graph: want JSON, got ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
