/**
 * What an op is: its signature, its shape rule, its slow truth in doubles and its gradient rule. Everything that must
 * know an op's meaning (verify, inference, constant folding, differentiation, tests) reads it from here, once.
 */
import type { Attributes, AttributeValue } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { type Dim, format, type Shape } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Node } from '../graph/graph.ts';

/** The type of a value in one concrete run. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
  /** For a sparse-encoded constant (and its updated value): how many values are stored. */
  readonly stored?: number;
}

/** A tensor in double precision, as references see it. */
export interface NdArray extends TensorType {
  readonly data: Float64Array;
  /** Present for constants: gives references the pattern of a sparse weight. */
  readonly constant?: Constant;
}

export interface AttributeRule {
  readonly type: 'number' | 'boolean' | 'string' | 'numbers';
  /** Absent: the attribute must be given. */
  readonly default?: AttributeValue;
  /** The values a string attribute may take. */
  readonly oneOf?: readonly string[];
}

/** A gradient for one input: a value of the input's shape, or of the stored values of a sparse constant. */
export type Gradient = string | { readonly stored: string } | undefined;

export interface GradientContext {
  readonly node: Node;
  /** Attributes with defaults filled in. */
  readonly attributes: Attributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The gradient of the loss by each output; undefined where the loss does not depend on it. */
  readonly outputGradients: readonly (string | undefined)[];
  /** Whether the gradient of input i is needed. */
  wants(input: number): boolean;
  /** Extents of a value; a name or a `?…` where it depends on the feeds. The rank is always right. */
  shape(value: string): readonly Dim[];
  /** Whether the value is a sparse-encoded constant. */
  isSparse(value: string): boolean;
  /** Emits a node with one output. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Emits a node with several outputs. */
  emitMany(op: string, inputs: readonly string[], count: number, attributes?: Attributes): string[];
  scalar(value: number): string;
}

export interface Op {
  readonly name: string;
  /** Input names in order; a trailing `?` marks an optional one, `...` on the last a list of one or more (`...?`: of any number). */
  readonly inputs: readonly string[];
  /** Output names in order, marked like inputs. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeRule>>;
  /** Output types from input types. Throws UsageError via `reject`. `types[i]` is undefined for an absent input. */
  readonly infer: (call: OpCall) => TensorType[];
  /** Plain loops in double precision. One array per output, in row-major order. */
  readonly reference: (
    call: OpCall,
    inputs: readonly (NdArray | undefined)[],
    outputs: readonly TensorType[],
  ) => Float64Array[];
  /**
   * Present where the shapes of the outputs follow from the numbers of the inputs: makes the outputs with their shapes. Such
   * a node divides a run into stages; its `infer` serves only where the shapes are known all the same, and else throws.
   */
  readonly dynamic?: (call: OpCall, inputs: readonly (NdArray | undefined)[]) => NdArray[];
  /**
   * Gradient per input, made of ordinary nodes; undefined for an input that has none (such as indices).
   * An op without this rule cannot be trained through.
   */
  readonly gradient?: (context: GradientContext) => readonly Gradient[];
  /** Inputs of which only the shape matters: their numbers are never read, so they need not be alive. */
  readonly shapeOnly?: readonly number[];
  /**
   * Per output the input whose numbers it may be written over while the op runs, element by element: how an update of a
   * constant happens in place.
   */
  readonly overwrites?: readonly (number | undefined)[];
  /** The output is the input's numbers under another shape: no kernel runs. */
  readonly view?: boolean;
  /** Only meaningful while training (its kernel may be random or keep statistics). Never constant-folded. */
  readonly impure?: boolean;
  /** Which input is a weight that pruning and sparse kernels may see as a matrix, and its output axis, if this node has one. */
  readonly weight?: (call: OpCall) => { readonly input: number; readonly outputAxis: number } | undefined;
  /** Multiply-adds of one run with dense weights; absent means negligible. */
  readonly multiplyAdds?: (call: OpCall, outputs: readonly TensorType[]) => number;
}

/** One use of an op with concrete types. */
export interface OpCall {
  readonly node: Node;
  /** Attributes with defaults filled in. */
  readonly attributes: Attributes;
  readonly types: readonly (TensorType | undefined)[];
  /** The values of small integer constants among the inputs, where inference may need them. */
  readonly constants: readonly (Constant | undefined)[];
}

/** Where a node's complaint begins: `matmul "encoder.0.ffn"`. */
export function where(node: Pick<Node, 'op' | 'name'>): string {
  return `${node.op} "${node.name}"`;
}

/** Throws the caller's mistake: `<op> "<name>": want <want>, got <got>`. */
export function reject(node: Pick<Node, 'op' | 'name'>, want: string, got: string): never {
  throw new UsageError(`${where(node)}: want ${want}, got ${got}`);
}

/** The type of a required input. */
export function typeAt(call: OpCall, input: number): TensorType {
  const type = call.types[input];
  return type ?? reject(call.node, `input ${input}`, 'none');
}

/** Formats the shapes of the given inputs for a complaint: `[128, 768] x [512, 3072]`. */
export function shapesOf(call: OpCall): string {
  return call.types.map((type) => (type ? format(type.shape) : 'none')).join(' x ');
}

export function number(attributes: Attributes, name: string): number {
  return attributes[name] as number;
}

export function boolean(attributes: Attributes, name: string): boolean {
  return attributes[name] as boolean;
}

export function string(attributes: Attributes, name: string): string {
  return attributes[name] as string;
}

export function numbers(attributes: Attributes, name: string): readonly number[] {
  return attributes[name] as readonly number[];
}
