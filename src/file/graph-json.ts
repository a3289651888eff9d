/**
 * A graph without its constants as JSON.
 *
 *     { "name", "inputs": [{ "name", "dtype", "shape" }], "outputs": [name], "updates": [{ "constant", "value" }],
 *       "nodes": [{ "op", "name", "inputs": [name], "outputs": [name], "attributes": [[name, value]] }] }
 *
 * Attributes are pairs, because an object would move names that look like numbers to the front. Extents are numbers or
 * names. An attribute that is left to a value is { "input": k }. JSON has no infinities, no NaN and no negative zero: such a
 * number is written as { "float": text }, where text is "inf", "-inf", "nan" or "-0". A node that runs graphs has "bodies"
 * too: pairs of a name and a graph, with its constants, see lace.ts.
 */
import { type AttributeValue, type InputRef, isInputRef } from '../core/attributes.ts';
import { dtypes } from '../core/dtype.ts';
import { type Dim, MAX_ELEMENTS } from '../core/shape.ts';
import type { Graph, GraphInput, Node, Update } from '../graph/graph.ts';
import { choice, fields, type Json, list, refuse, text, whole } from './checked.ts';

const special: readonly (readonly [text: string, value: number])[] = [
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['-0', -0],
];

type Frame = Omit<Graph, 'constants'>;

/** The fields of the JSON that this file is about. */
export const frameFields = ['name', 'inputs', 'outputs', 'nodes', 'updates'] as const;

/** `body` writes a graph that a node runs. */
export function frameToJson({ name, inputs, outputs, nodes, updates }: Frame, body: (graph: Graph) => Json): Json {
  return {
    name,
    inputs: inputs.map(({ name: input, dtype, shape }) => ({ name: input, dtype, shape })),
    outputs,
    nodes: nodes.map((node) => ({
      op: node.op,
      name: node.name,
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: Object.entries(node.attributes).map(([key, value]) => [key, attributeToJson(value)]),
      ...(node.bodies && { bodies: Object.entries(node.bodies).map(([key, graph]) => [key, body(graph)]) }),
    })),
    updates: updates.map(({ constant, value }) => ({ constant, value })),
  };
}

function attributeToJson(value: AttributeValue | InputRef): unknown {
  if (isInputRef(value)) return { input: value.input };
  if (typeof value === 'number') return numberToJson(value);
  return typeof value === 'object' ? value.map(numberToJson) : value;
}

function numberToJson(value: number): unknown {
  const found = special.find(([, number]) => Object.is(number, value));
  return found ? { float: found[0] } : value;
}

export type ReadBody = (value: unknown, where: string) => Graph;

/** Throws ModelError, saying which field is wrong. Whether the graph makes sense is not checked here. */
export function frameFromJson(json: Json, where: string, body: ReadBody): Frame {
  return {
    name: text(json.name, `${where}.name`),
    inputs: list(json.inputs, `${where}.inputs`, readInput),
    outputs: list(json.outputs, `${where}.outputs`, text),
    nodes: list(json.nodes, `${where}.nodes`, (value, at) => readNode(value, at, body)),
    updates: list(json.updates, `${where}.updates`, readUpdate),
  };
}

function readInput(value: unknown, where: string): GraphInput {
  const { name, dtype, shape } = fields(value, where, ['name', 'dtype', 'shape']);
  return {
    name: text(name, `${where}.name`),
    dtype: choice(dtype, `${where}.dtype`, dtypes),
    shape: list(shape, `${where}.shape`, readDim),
  };
}

function readDim(value: unknown, where: string): Dim {
  return typeof value === 'string' ? value : whole(value, where, 0, MAX_ELEMENTS);
}

function readNode(value: unknown, where: string, body: ReadBody): Node {
  const known = ['op', 'name', 'inputs', 'outputs', 'attributes', 'bodies?'];
  const { op, name, inputs, outputs, attributes, bodies } = fields(value, where, known);
  const pairs = list(attributes, `${where}.attributes`, readAttribute);
  if (new Set(pairs.map(([key]) => key)).size < pairs.length)
    refuse(`${where}.attributes`, 'every name once', attributes);
  return {
    op: text(op, `${where}.op`),
    name: text(name, `${where}.name`),
    inputs: list(inputs, `${where}.inputs`, text),
    outputs: list(outputs, `${where}.outputs`, text),
    attributes: Object.fromEntries(pairs),
    ...(bodies !== undefined && { bodies: readBodies(bodies, `${where}.bodies`, body) }),
  };
}

function readBodies(value: unknown, where: string, body: ReadBody): NonNullable<Node['bodies']> {
  const pairs = list(value, where, (item, at) => readBody(item, at, body));
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) refuse(where, 'every name once', value);
  return Object.fromEntries(pairs);
}

function readBody(value: unknown, where: string, body: ReadBody): readonly [string, Graph] {
  if (!Array.isArray(value) || value.length !== 2) return refuse(where, 'a name and a graph', value);
  return [text(value[0], where), body(value[1], `${where}[1]`)];
}

function readAttribute(value: unknown, where: string): readonly [string, AttributeValue | InputRef] {
  if (!Array.isArray(value) || value.length !== 2) return refuse(where, 'a name and a value', value);
  const [name, setting] = value as unknown[];
  if (typeof setting === 'string' || typeof setting === 'boolean') return [text(name, where), setting];
  if (typeof setting === 'object' && setting !== null && Object.hasOwn(setting, 'input'))
    return [text(name, where), { input: whole(fields(setting, where, ['input']).input, where, 0, MAX_ELEMENTS) }];
  return [text(name, where), Array.isArray(setting) ? list(setting, where, readNumber) : readNumber(setting, where)];
}

function readNumber(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  const { float } = fields(value, where, ['float']);
  const found = special.find(([name]) => name === float);
  return found ? found[1] : refuse(where, 'float among inf, -inf, nan, -0', float);
}

function readUpdate(value: unknown, where: string): Update {
  const { constant, value: result } = fields(value, where, ['constant', 'value']);
  return { constant: text(constant, `${where}.constant`), value: text(result, `${where}.value`) };
}
