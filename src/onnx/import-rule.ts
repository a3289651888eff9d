/** What a rule of import sees: one ONNX node whose attributes are known and whose inputs have been found. */
import type { AttributeValue } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import type { Constant, DenseConstant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import type { AttributeKind, OnnxAttributes } from './attributes.ts';

export interface ImportRule {
  /** The opset in which the op appeared, or took the oldest form that is read. Absent: 6. */
  readonly since?: number;
  /** Every attribute that the rule understands, in any of its versions. Others are reported. */
  readonly attributes?: Readonly<Record<string, AttributeKind>>;
  /** How many inputs and outputs the op takes, counting optional ones. */
  readonly inputs: readonly [min: number, max: number];
  readonly outputs?: number;
  /** Whether inputs in the middle of a list may be absent. */
  readonly optional?: boolean;
  /** Emits Lacewing nodes. Throws ModelError where the node means something that Lacewing cannot do. */
  readonly run: (node: ImportNode) => void;
}

export type ImportRules = Readonly<Record<string, ImportRule>>;

/** An attribute that is left to a value: `finish` and `emit` add the value to the inputs. */
export interface ValueRef {
  readonly value: string;
}

export type AttributeDraft = AttributeValue | ValueRef;
export type AttributeDrafts = Readonly<Record<string, AttributeDraft>>;

export interface Body {
  /** Inputs: the body's own, then `captures`. */
  readonly graph: Graph;
  /** Values of the surrounding graphs that the body uses. */
  readonly captures: readonly string[];
}

export interface ImportNode {
  /** The opset version of the node's domain. */
  readonly opset: number;
  /** How messages call the node: its op and name. */
  readonly label: string;
  /** Which node of the file this is. */
  readonly position: number;
  /** Names of values; '' where an optional input or output is absent. Identities are already seen through. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
  /** The graph in an attribute, read with what it takes from around it as further inputs. */
  body(attribute: string): Body;
  /** Whether an optional input or output is there. */
  hasInput(index: number): boolean;
  hasOutput(index: number): boolean;
  /** The constant behind a value, if it is one. */
  constantOf(value: string): Constant | undefined;
  /** The constant at an input that must be one; `what` names the parameter. */
  parameter(index: number, what: string): DenseConstant;
  /** An integer list or scalar at an input that must be constant. */
  integers(index: number, what: string): number[];
  /** A number at an input that must be a constant with one element. */
  scalar(index: number, what: string): number;
  /** An integer list as an attribute: the numbers of a constant, or a reference to the value that will hold them. */
  list(index: number, what: string): AttributeDraft;
  /** The same of one number. */
  one(index: number, what: string): AttributeDraft;
  /** Extents of a value as far as they follow from the file; undefined where not even the rank does. */
  shape(value: string): readonly (number | undefined)[] | undefined;
  /** The element type of a value, as far as inference gets. */
  dtype(value: string): DType | undefined;
  /** Adds a constant and returns its name. */
  constant(base: string, constant: Constant): string;
  /** Adds a float32 scalar constant. */
  number(value: number): string;
  /** A node in the middle of an expansion; returns its output. */
  emit(op: string, inputs: readonly string[], attributes?: AttributeDrafts): string;
  /** The same of one with several outputs. */
  emitMany(op: string, inputs: readonly string[], count: number, attributes?: AttributeDrafts): string[];
  /** The node that makes this ONNX node's outputs. */
  finish(op: string, inputs: readonly string[], attributes?: AttributeDrafts): void;
  /** A node that makes this ONNX node's output `index` alone, for an op whose outputs are made by several. */
  finishOne(index: number, op: string, inputs: readonly string[], attributes?: AttributeDrafts): void;
  /** The same of a node that runs graphs of its own. */
  control(op: string, inputs: readonly string[], attributes: AttributeDrafts, bodies: Node['bodies']): void;
  /** The node's output is one of its inputs, or a constant. */
  same(value: string): void;
  /** The tensors of the sequence at an input. */
  sequence(index: number): readonly string[];
  /** The node's output is a sequence of these. */
  finishSequence(values: readonly string[]): void;
  /** Throws ModelError: `<op> "<name>": <complaint>`. */
  reject(complaint: string): never;
}
