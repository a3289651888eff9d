/**
 * A graph without its constants as JSON.
 *
 *     { "name", "inputs": [{ "name", "dtype", "shape" }], "outputs": [name], "updates": [{ "constant", "value" }],
 *       "nodes": [{ "op", "name", "inputs": [name], "outputs": [name], "attributes": [[name, value]] }] }
 *
 * Attributes are pairs, because an object would move names that look like numbers to the front. Extents are numbers or
 * names. An attribute that is left to a value is { "input": k }. JSON has no infinities, no NaN and no negative zero: such a number is written as { "float": text }, where text
 * is "inf", "-inf", "nan" or "-0".
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

export function frameToJson({ name, inputs, outputs, nodes, updates }: Frame): Json {
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

/** Throws ModelError, saying which field is wrong. Whether the graph makes sense is not checked here. */
export function frameFromJson(json: Json): Frame {
  return {
    name: text(json.name, 'graph.name'),
    inputs: list(json.inputs, 'graph.inputs', readInput),
    outputs: list(json.outputs, 'graph.outputs', text),
    nodes: list(json.nodes, 'graph.nodes', readNode),
    updates: list(json.updates, 'graph.updates', readUpdate),
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

function readNode(value: unknown, where: string): Node {
  const { op, name, inputs, outputs, attributes } = fields(value, where, [
    'op',
    'name',
    'inputs',
    'outputs',
    'attributes',
  ]);
  const pairs = list(attributes, `${where}.attributes`, readAttribute);
  if (new Set(pairs.map(([key]) => key)).size < pairs.length)
    refuse(`${where}.attributes`, 'every name once', attributes);
  return {
    op: text(op, `${where}.op`),
    name: text(name, `${where}.name`),
    inputs: list(inputs, `${where}.inputs`, text),
    outputs: list(outputs, `${where}.outputs`, text),
    attributes: Object.fromEntries(pairs),
  };
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
