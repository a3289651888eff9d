/** Looks a node's op up and completes its attributes; the one place where a node meets its op. */
import { type Attributes, type AttributeValue, isInputRef } from '../core/attributes.ts';
import { UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import type { AttributeRule, NdArray, Op, OpCall, TensorType } from './op.ts';
import { reject, where } from './op.ts';
import { findOp } from './registry.ts';
import { UnknownNumbersError } from './unknown.ts';

export function opOf(node: Node): Op {
  const op = findOp(node.op);
  if (!op) throw new UsageError(`${where(node)}: there is no such op`);
  return op;
}

/** Whether some of the node's attributes are left to values. */
export function isOpen(node: Node): boolean {
  return Object.values(node.attributes).some(isInputRef);
}

/** How many of the inputs are the op's own; the others are there for the attributes that refer to them. */
export function ownInputs({ attributes, inputs }: Node): number {
  return Object.values(attributes).reduce<number>(
    (count, value) => (isInputRef(value) ? Math.min(count, value.input) : count),
    inputs.length,
  );
}

/**
 * Attributes with defaults. Throws on an unknown, missing or mistyped one, and UnknownNumbersError on one that is left to a
 * value: `closed` nodes have none of these.
 */
export function attributesOf(node: Node): Attributes {
  const { attributes: rules } = opOf(node);
  checkNames(node, rules);
  const complete: Record<string, AttributeValue> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = node.attributes[name] ?? rule.default;
    if (value === undefined) reject(node, `attribute ${name}`, 'none');
    if (isInputRef(value)) throw new UnknownNumbersError(node, name, node.inputs[value.input]);
    const complaint = mistyped(rule, value);
    if (complaint) reject(node, `${name} ${complaint}`, JSON.stringify(value));
    complete[name] = value;
  }
  return complete;
}

/** Attributes with defaults, those aside that are left to values. */
export function givenAttributes(node: Node): Attributes {
  const { attributes: rules } = opOf(node);
  const given: Record<string, AttributeValue> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = node.attributes[name] ?? rule.default;
    if (value !== undefined && !isInputRef(value)) given[name] = value;
  }
  return given;
}

/** Throws what `attributesOf` would throw of a closed node, and on references that make no sense. */
export function checkAttributes(node: Node): void {
  const { attributes: rules } = opOf(node);
  checkNames(node, rules);
  const own = ownInputs(node);
  const given: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(node.attributes)) {
    if (!isInputRef(value)) {
      given[name] = value;
      continue;
    }
    if (!(Number.isInteger(value.input) && value.input >= own && (node.inputs[value.input] ?? '') !== ''))
      reject(node, `${name} as one of the inputs from ${own}`, String(value.input));
    if (rules[name].type === 'string') reject(node, `${name} as text`, 'a value');
    given[name] = standIn[rules[name].type];
  }
  attributesOf({ ...node, attributes: given });
}

const standIn = { number: 0, boolean: false, numbers: [], string: '' } as const;

/** The node with the numbers of `values` where its attributes were left to them. */
export function closed(node: Node, values: ReadonlyMap<string, NdArray>): Node {
  if (!isOpen(node)) return node;
  const { attributes: rules } = opOf(node);
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(node.attributes)) {
    if (!isInputRef(value)) {
      attributes[name] = value;
      continue;
    }
    const known = values.get(node.inputs[value.input]);
    if (!known) throw new UnknownNumbersError(node, name, node.inputs[value.input]);
    attributes[name] = asAttribute(node, name, rules[name], known);
  }
  return { ...node, attributes, inputs: node.inputs.slice(0, ownInputs(node)) };
}

function asAttribute(node: Node, name: string, rule: AttributeRule, { data, shape }: NdArray): AttributeValue {
  if (shape.length > 1) reject(node, `${name} as a list or one number`, format(shape));
  if (rule.type === 'numbers') return Array.from(data);
  if (data.length !== 1) reject(node, `${name} as one number`, format(shape));
  return rule.type === 'boolean' ? data[0] !== 0 : data[0];
}

function checkNames(node: Node, rules: Readonly<Record<string, AttributeRule>>): void {
  for (const name of Object.keys(node.attributes))
    if (!Object.hasOwn(rules, name)) reject(node, `attributes among ${Object.keys(rules).join(', ') || 'none'}`, name);
}

function mistyped(rule: AttributeRule, value: AttributeValue): string | undefined {
  if (rule.type === 'numbers')
    return Array.isArray(value) && value.every((v) => typeof v === 'number') ? undefined : 'as a list of numbers';
  if (typeof value !== rule.type) return `as a ${rule.type}`;
  if (rule.oneOf && !rule.oneOf.includes(value as string)) return `among ${rule.oneOf.join(', ')}`;
  return undefined;
}

/** How many inputs or outputs a signature admits. */
export function arity(names: readonly string[]): { readonly min: number; readonly max: number } {
  const min = names.filter((name) => !name.endsWith('?')).length;
  return { min, max: names.at(-1)?.includes('...') ? Number.POSITIVE_INFINITY : names.length };
}

/** The call of a closed node whose input types are known. */
export function callOf(graph: Pick<Graph, 'constants'>, node: Node, types: ReadonlyMap<string, TensorType>): OpCall {
  return {
    node,
    attributes: attributesOf(node),
    types: node.inputs.map((input) => (input === '' ? undefined : types.get(input))),
    constants: node.inputs.map((input): Constant | undefined => graph.constants.get(input)),
  };
}
