/**
 * Lacewing's own model file: a safetensors file that any reader of that format opens, whose metadata hold the graph.
 *
 *     format    "lace"
 *     version   "1"
 *     graph     JSON: the fields of graph-json.ts, and "constants", a list of what constants.ts says of each
 *
 * A graph that a node runs has constants of its own; of one that it shares with a graph around it the list has the name
 * alone. The weights are ordinary tensors under their own names. The same graph always gives the same bytes.
 */
import { ModelError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import { verifyConstant } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { loadEveryOp } from '../ops/table.ts';
import { verify } from '../ops/verify.ts';
import { MAX_DEPTH } from '../ops/verify-bodies.ts';
import { fields, type Json, list, refuse } from './checked.ts';
import { readConstant, writeConstant } from './constants.ts';
import { frameFields, frameFromJson, frameToJson } from './graph-json.ts';
import { readSafetensors, type SafeTensor, writeSafetensors } from './safetensors.ts';

const FORMAT = 'lace';
const VERSION = 1;
const RESERVED = '__metadata__';

type Constants = ReadonlyMap<string, Constant>;

/** Writes a graph. Throws ModelError when it is not sound. */
export function writeLace(graph: Graph): Uint8Array {
  loadEveryOp();
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
  const json = (each: Graph, around: Constants | undefined): Json => {
    const constants = [...each.constants].map(([name, constant]) => {
      if (around?.get(name) === constant) return name;
      const tensor = around || name === RESERVED ? fresh(name) : name;
      return writeConstant(name, constant, tensor, tensors, fresh);
    });
    const seen = new Map([...(around ?? []), ...each.constants]);
    return { ...frameToJson(each, (body) => json(body, seen)), constants };
  };
  const text = JSON.stringify(json(graph, undefined));
  return writeSafetensors(tensors, { format: FORMAT, version: String(VERSION), graph: text });
}

/**
 * Reads a graph; its constants are copies, bit for bit. Throws ModelError for a file that is broken, is not a .lace file or
 * comes from a newer version, and for a graph that is not sound.
 */
export function readLace(bytes: Uint8Array): Graph {
  loadEveryOp();
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) refuse('metadata.format', `"${FORMAT}"`, metadata.format);
  const version = Number(metadata.version);
  if (Number.isInteger(version) && version > VERSION)
    throw new ModelError(`metadata.version: the file is of version ${version}, this Lacewing reads up to ${VERSION}`);
  if (metadata.version !== String(VERSION)) refuse('metadata.version', `"${VERSION}"`, metadata.version);

  const left = new Map(tensors);
  const take = (name: string): SafeTensor => {
    const tensor =
      left.get(name) ??
      refuse(`tensor "${name}"`, 'a tensor that is used once', tensors.has(name) ? 'another use' : 'none');
    left.delete(name);
    return tensor;
  };
  const graph = readGraph(parse(metadata.graph ?? ''), 'graph', take, []);
  const [unused] = left.keys();
  if (unused !== undefined) throw new ModelError(`tensor "${unused}": no constant uses it`);
  return verify(graph);
}

/** `around` holds the constants of the graphs around this one, the outermost first. */
function readGraph(
  value: unknown,
  where: string,
  take: (name: string) => SafeTensor,
  around: readonly Constants[],
): Graph {
  if (around.length > MAX_DEPTH) refuse(where, `graphs nested at most ${MAX_DEPTH} deep`, around.length);
  const json = fields(value, where, [...frameFields, 'constants']);
  const constants = new Map<string, Constant>();
  for (const [name, constant] of list(json.constants, `${where}.constants`, (item, at) =>
    typeof item === 'string' ? shared(item, at, around) : readConstant(item, at, take),
  )) {
    if (constants.has(name)) throw new ModelError(`constant "${name}": it is given twice`);
    constants.set(name, constant);
  }
  const body = (inner: unknown, at: string) => readGraph(inner, at, take, [...around, constants]);
  return { ...frameFromJson(json, where, body), constants };
}

function shared(name: string, where: string, around: readonly Constants[]): readonly [string, Constant] {
  const constant = around.findLast((constants) => constants.has(name))?.get(name);
  return [name, constant ?? refuse(where, 'a constant of a graph around this one', name)];
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
