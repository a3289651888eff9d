/** Looks a node's op up and completes its attributes; the one place where a node meets its op. */
import type { Attributes, AttributeValue } from '../core/attributes.ts';
import { UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import type { AttributeRule, Op, OpCall, TensorType } from './op.ts';
import { reject, where } from './op.ts';
import { ops } from './table.ts';

export function opOf(node: Node): Op {
  const op = ops.get(node.op);
  if (!op) throw new UsageError(`${where(node)}: there is no such op`);
  return op;
}

/** Attributes with defaults. Throws on an unknown, missing or mistyped one. */
export function attributesOf(node: Node): Attributes {
  const { attributes: rules } = opOf(node);
  for (const name of Object.keys(node.attributes))
    if (!Object.hasOwn(rules, name)) reject(node, `attributes among ${Object.keys(rules).join(', ') || 'none'}`, name);
  const complete: Record<string, AttributeValue> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = node.attributes[name] ?? rule.default;
    if (value === undefined) reject(node, `attribute ${name}`, 'none');
    const complaint = mistyped(rule, value);
    if (complaint) reject(node, `${name} ${complaint}`, JSON.stringify(value));
    complete[name] = value;
  }
  return complete;
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
  return { min, max: names.at(-1)?.endsWith('...') ? Number.POSITIVE_INFINITY : names.length };
}

/** The call of a node whose input types are known. */
export function callOf(graph: Pick<Graph, 'constants'>, node: Node, types: ReadonlyMap<string, TensorType>): OpCall {
  return {
    node,
    attributes: attributesOf(node),
    types: node.inputs.map((input) => (input === '' ? undefined : types.get(input))),
    constants: node.inputs.map((input): Constant | undefined => graph.constants.get(input)),
  };
}
