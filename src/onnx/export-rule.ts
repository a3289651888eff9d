/** What a rule of export sees: one Lacewing node, and the ONNX graph that is being written. */
import type { Attributes } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import type { Dim } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { AttributeValueDraft } from './attributes.ts';

export type ExportRule = (node: ExportNode) => void;

export type ExportRules = Readonly<Record<string, ExportRule>>;

export type OnnxAttributeDrafts = Readonly<Record<string, AttributeValueDraft>>;

export interface ExportNode {
  /** Names of the op's own inputs; '' where an optional input or output is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** With defaults filled in. What is left to values is not here: see `list`. */
  readonly attributes: Attributes;
  /** Name of a value holding a list attribute (int64): an initializer, or the value that the attribute is left to. */
  list(attribute: string): string;
  /** The same of one number, as a scalar of the given type. */
  one(attribute: string, dtype: DType): string;
  hasInput(index: number): boolean;
  hasOutput(index: number): boolean;
  constantOf(value: string): Constant | undefined;
  /**
   * The type of a value; extents that depend on the feeds are names or `?...`. Throws UsageError where not even the rank, or
   * the element type, is known before a run.
   */
  shape(value: string): readonly Dim[];
  dtype(value: string): DType;
  /** `shape`, or undefined. */
  openShape(value: string): readonly Dim[] | undefined;
  /** One of the graphs that the node runs, as an attribute. */
  body(name: string): AttributeValueDraft;
  /** Name of an int64 initializer holding the list. */
  integers(what: string, values: readonly number[]): string;
  /** Name of an initializer holding one number of the given type, shared by equal numbers. */
  scalar(value: number, dtype: DType): string;
  /** Name of the constant with its two axes swapped; `value` must be a 2-D constant. */
  transposed(value: string): string;
  /** An ONNX node in the middle of an expansion; returns its output. */
  emit(opType: string, inputs: readonly string[], attributes?: OnnxAttributeDrafts): string;
  /** The same of one with several outputs. */
  emitMany(opType: string, inputs: readonly string[], count: number, attributes?: OnnxAttributeDrafts): string[];
  /** An ONNX node that makes this node's output `index` alone. */
  finishOne(index: number, opType: string, inputs: readonly string[], attributes?: OnnxAttributeDrafts): void;
  /** The ONNX node that makes this node's outputs. Trailing absent inputs and outputs are dropped. */
  finish(opType: string, inputs: readonly string[], attributes?: OnnxAttributeDrafts): void;
  /** Throws UsageError: `<op> "<name>": <complaint>`. */
  reject(complaint: string): never;
}
