/** Graphs in attributes: the branches of If, the bodies of Loop and Scan. */
import type { DType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { GraphInput } from '../graph/graph.ts';
import { MAX_DEPTH } from '../ops/verify-bodies.ts';
import { importType } from './data-types.ts';
import { withoutCalls } from './functions.ts';
import type { Body } from './import-rule.ts';
import { GraphProto, type NodeProto, type ValueInfoProto } from './messages.ts';
import { constantsOf, type Reading, readNodes } from './read-nodes.ts';
import { readMessage } from './wire.ts';

/** What a body sees of the graphs around it. */
export interface Around {
  readonly depth: number;
  has(name: string): boolean;
  constantOf(name: string): Constant | undefined;
  dtype(name: string): DType | undefined;
}

/** Values that the nodes use and do not make: constants of the surroundings are shared, other values become inputs. */
export function capturesOf(
  proto: GraphProto,
  own: ReadonlySet<string>,
  around: Around | undefined,
): { readonly captures: readonly string[]; readonly constants: ReadonlyMap<string, Constant> } {
  const captures: string[] = [];
  const constants = new Map<string, Constant>();
  if (!around) return { captures, constants };
  for (const name of freeNames(proto, around.depth)) {
    if (own.has(name) || !around.has(name)) continue;
    const constant = around.constantOf(name);
    if (constant) constants.set(name, constant);
    else captures.push(name);
  }
  return { captures, constants };
}

/** Names that a graph and the graphs in it use without making them. */
function freeNames(proto: GraphProto, depth: number): Set<string> {
  if (depth > MAX_DEPTH) throw new ModelError(`graphs in attributes: want at most ${MAX_DEPTH} levels, got more`);
  const made = new Set([
    ...proto.input.map(({ name }) => name ?? ''),
    ...proto.initializer.map(({ name }) => name ?? ''),
    ...proto.sparseInitializer.map(({ values }) => values?.name ?? ''),
    ...proto.node.flatMap(({ output }) => output),
  ]);
  const used = proto.node.flatMap((node) => [...node.input, ...namesInBodies(node, depth)]);
  for (const { name } of proto.output) used.push(name ?? '');
  return new Set(used.filter((name) => name !== '' && !made.has(name)));
}

function namesInBodies({ attribute }: NodeProto, depth: number): string[] {
  return attribute.flatMap(({ g }) => (g ? [...freeNames(readMessage(GraphProto, g), depth + 1)] : []));
}

/** Reads the graph. What is wrong with it is a problem of the model, told with the label of the node it belongs to. */
export function readBody(bytes: Uint8Array, label: string, around: Around, reading: Reading): Body {
  const { problems, functions } = reading;
  const before = problems.length;
  const proto = withoutCalls(readMessage(GraphProto, bytes), functions, problems);
  const constants = constantsOf(proto, reading);
  const inputs = proto.input.map((info): GraphInput => bodyInput(info));
  const read = readNodes({ ...reading, proto, inputs, typed: [], constants, around });
  for (let i = before; i < problems.length; i++) problems[i] = `${label}, graph "${proto.name ?? ''}": ${problems[i]}`;
  return read;
}

/** Shapes may differ from one pass through the body to the next: they are those of the tensors that come in. */
function bodyInput({ name = '', type }: ValueInfoProto): GraphInput {
  const elements = type?.tensorType?.elemType;
  if (type && !type.tensorType) throw new ModelError(`input "${name}": want a tensor, got a sequence, map or optional`);
  return { name, dtype: elements ? importType(elements, `input "${name}"`) : 'float32', shape: [] };
}
