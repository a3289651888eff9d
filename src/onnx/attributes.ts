/** AttributeProto to plain values and back. */
import { ModelError } from '../core/errors.ts';
import {
  type AttributeDraft,
  type AttributeProto,
  attributeTypes,
  type SparseTensorProto,
  type TensorProto,
} from './messages.ts';

interface Values {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly strings: readonly string[];
  readonly tensor: TensorProto;
  readonly 'sparse tensor': SparseTensorProto;
  /** An encoded GraphProto; import-rule's `body` reads it. */
  readonly graph: Uint8Array;
}

/** The attribute types that rules may ask for. */
export type AttributeKind = keyof Values;

/** Attributes of one node by name. Integers beyond 2^53 (ONNX's "to the end") are cut to 2^53 - 1. */
export interface OnnxAttributes {
  has(name: string): boolean;
  /** The value, or `fallback` where the attribute is absent. Throws ModelError where there is neither. */
  get<K extends AttributeKind>(name: string, kind: K, fallback?: Values[K]): Values[K];
}

/** What is wrong with the attributes, given the ones that the rule knows. */
export function attributeProblems(
  attributes: readonly AttributeProto[],
  known: Readonly<Record<string, AttributeKind>>,
  what: string,
): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const attribute of attributes) {
    const name = attribute.name ?? '';
    if (seen.has(name)) problems.push(`${what}: attribute ${name} is given twice`);
    seen.add(name);
    const type = attributeTypes[attribute.type ?? 0] ?? `type ${attribute.type}`;
    if (attribute.refAttrName)
      problems.push(`${what}: attribute ${name} refers to a function's attribute, which is not supported`);
    else if (!Object.hasOwn(known, name))
      problems.push(
        `${what}: attribute ${name} (${type}) is not supported; known are ${Object.keys(known).join(', ') || 'none'}`,
      );
    else if (type !== known[name] && (type !== 'undefined' || !holds(attribute, known[name])))
      problems.push(`${what}: want attribute ${name} as ${known[name]}, got ${type}`);
  }
  return problems;
}

/** Whether an attribute that does not name its type (files before IR version 2) carries the wanted one. */
function holds(attribute: AttributeProto, kind: AttributeKind): boolean {
  switch (kind) {
    case 'int':
      return attribute.i !== undefined;
    case 'float':
      return attribute.f !== undefined;
    case 'string':
      return attribute.s !== undefined;
    case 'ints':
      return attribute.ints.length > 0;
    case 'floats':
      return attribute.floats.length > 0;
    case 'strings':
      return attribute.strings.length > 0;
    case 'tensor':
      return attribute.t !== undefined;
    case 'sparse tensor':
      return attribute.sparseTensor !== undefined;
    case 'graph':
      return attribute.g !== undefined;
  }
}

export function onnxAttributes(attributes: readonly AttributeProto[], what: string): OnnxAttributes {
  const byName = new Map(attributes.map((attribute) => [attribute.name ?? '', attribute]));
  return {
    has: (name) => byName.has(name),
    get<K extends AttributeKind>(name: string, kind: K, fallback?: Values[K]): Values[K] {
      const attribute = byName.get(name);
      const value = attribute ? plainValue(attribute, kind) : fallback;
      if (value === undefined) throw new ModelError(`${what}: want attribute ${name}, got none`);
      return value as Values[K];
    },
  };
}

/** proto3 writers leave zeros and empty strings out, so an absent number is 0. */
function plainValue(attribute: AttributeProto, kind: AttributeKind): Values[AttributeKind] | undefined {
  switch (kind) {
    case 'int':
      return safeInteger(attribute.i ?? 0);
    case 'float':
      return shortest(attribute.f ?? 0);
    case 'string':
      return new TextDecoder().decode(attribute.s ?? new Uint8Array());
    case 'ints':
      return Array.from(attribute.ints, safeInteger);
    case 'floats':
      return Array.from(attribute.floats, shortest);
    case 'strings':
      return Array.from(attribute.strings, (bytes) => new TextDecoder().decode(bytes));
    case 'tensor':
      return attribute.t;
    case 'sparse tensor':
      return attribute.sparseTensor;
    case 'graph':
      return attribute.g;
  }
}

/** The integer as a double, cut to what a double holds exactly. */
export function safeInteger(value: number | bigint): number {
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.max(-limit, Math.min(limit, Number(value)));
}

/**
 * The shortest decimal that rounds to this float32: what its writer most likely meant. 1e-5, not 9.999999747378752e-6; to
 * a kernel both are the same bits.
 */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The value of an attribute that is written. */
export type AttributeValueDraft = Omit<AttributeDraft, 'name'>;

const numberOf = (kind: AttributeKind) => attributeTypes.indexOf(kind);

export const int = (value: number): AttributeValueDraft => ({ i: value, type: numberOf('int') });
export const float = (value: number): AttributeValueDraft => ({ f: value, type: numberOf('float') });
export const ints = (values: readonly number[]): AttributeValueDraft => ({ ints: values, type: numberOf('ints') });
export const flag = (value: boolean): AttributeValueDraft => int(value ? 1 : 0);
export const floats = (values: readonly number[]): AttributeValueDraft => ({
  floats: values,
  type: numberOf('floats'),
});
export const text = (value: string): AttributeValueDraft => ({
  s: new TextEncoder().encode(value),
  type: numberOf('string'),
});
export const texts = (values: readonly string[]): AttributeValueDraft => ({
  strings: values.map((value) => new TextEncoder().encode(value)),
  type: numberOf('strings'),
});
