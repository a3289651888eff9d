/**
 * Reverse-mode differentiation: a graph in, the same graph with gradient nodes behind it out. What a gradient is made of
 * the ops say (`Op.gradient`); this pass only walks backwards, sums what meets, and knows two kinds of gradient of a
 * sparse weight: `stored`, one number per stored value, and dense, of the weight's shape.
 */
import { invariant, UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import { type GraphBuilder, graphBuilder } from '../graph/builder.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf, opOf } from '../ops/call.ts';
import { type Inference, inference } from '../ops/infer.ts';
import { type Gradient, type GradientContext, where } from '../ops/op.ts';
import { separateEpilogue } from './separate-epilogue.ts';

export interface DifferentiateOptions {
  /** The value to differentiate: one float32 number, of shape [] or all ones. */
  readonly loss: string;
  /** What to differentiate by: float32 constants, inputs or values in between. */
  readonly parameters: readonly string[];
  /** Sparse constants for which the gradient is also wanted where the weight is pruned (to regrow weights, say). */
  readonly dense?: readonly string[];
  /** What to do about a parameter that the loss does not depend on: 'reject' (default) or leave it out of the result. */
  readonly independent?: 'reject' | 'skip';
}

export interface Differentiated {
  /** The graph with gradient nodes appended. Its outputs and updates are as they were. */
  readonly graph: Graph;
  /** By parameter, in the order asked for: a value of its shape, or of [stored] for a sparse constant. */
  readonly gradients: ReadonlyMap<string, string>;
  /** By name in `dense`: a value of the full shape. */
  readonly denseGradients: ReadonlyMap<string, string>;
}

/**
 * Appends to the graph what computes the gradients of `loss` by each parameter. The result depends on the graph and the
 * options alone. Throws UsageError for a loss that is not one float32 number, for an op on the way that has no gradient,
 * and for a parameter that the loss does not depend on: to leave it untrained silently would help nobody.
 */
export function differentiate(
  given: Graph,
  { loss, parameters, dense = [], independent = 'reject' }: DifferentiateOptions,
): Differentiated {
  const wanted = new Set([...parameters, ...dense]);
  const reached = dependents(given, wanted);
  const graph = separateEpilogue(given, ({ outputs }) => outputs.some((output) => reached.has(output)));
  const writer = writerOf(graph);
  checkOptions(graph, writer.types, loss, wanted, dense);
  const active = dependents(graph, wanted);
  const isSparse = (value: string) => isSparseConstant(graph, value) && !dense.includes(value);
  const sums = gradientSums(writer, isSparse);
  sums.push(loss, seed(writer, loss));

  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => active.has(output))) continue;
    const outputGradients = node.outputs.map((output) => (output === '' ? undefined : sums.dense(output)));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const { gradient } = opOf(node);
    if (!gradient)
      throw new UsageError(
        `${where(node)}: want an op with a gradient between parameters and loss "${loss}", got ${node.op}`,
      );
    const wants = (i: number) => {
      const input = node.inputs[i];
      return input !== undefined && active.has(input) && writer.types.typeOf(input)?.dtype === 'float32';
    };
    gradient(contextOf(writer, node, outputGradients, wants, isSparse)).forEach((found, i) => {
      if (found !== undefined && wants(i)) sums.push(node.inputs[i], found);
    });
  }

  const denseGradients = new Map<string, string>();
  for (const name of dense) denseGradients.set(name, sums.dense(name) ?? rejectIndependent(name, loss));
  const gradients = new Map<string, string>();
  for (const name of parameters) {
    const whole = denseGradients.get(name);
    if (whole === undefined) {
      const gradient = sums.any(name) ?? (independent === 'skip' ? undefined : rejectIndependent(name, loss));
      if (gradient !== undefined) gradients.set(name, gradient);
    } else gradients.set(name, writer.emit('sample', [whole, name], 1, {}, name)[0]);
  }
  return { graph: writer.builder.build(), gradients, denseGradients };
}

function rejectIndependent(name: string, loss: string): never {
  throw new UsageError(
    `parameter "${name}": want one that loss "${loss}" depends on smoothly, got one that it does not depend on`,
  );
}

function isSparseConstant(graph: Graph, value: string): boolean {
  const constant = graph.constants.get(value);
  return constant !== undefined && constant.encoding !== 'dense';
}

function checkOptions(
  graph: Graph,
  types: Inference,
  loss: string,
  wanted: ReadonlySet<string>,
  dense: readonly string[],
): void {
  const type = types.typeOf(loss);
  if (!type) throw new UsageError(`loss "${loss}": want a value of graph "${graph.name}", got none of that name`);
  if (type.dtype !== 'float32' || type.shape.some((dim) => dim !== 1))
    throw new UsageError(
      `loss "${loss}": want one float32 number of shape [], got ${type.dtype} ${format(type.shape)}`,
    );
  for (const name of wanted) {
    const dtype = types.typeOf(name)?.dtype;
    if (dtype !== 'float32')
      throw new UsageError(
        `parameter "${name}": want a float32 value of graph "${graph.name}", got ${dtype ?? 'none'}`,
      );
  }
  for (const name of dense)
    if (!isSparseConstant(graph, name))
      throw new UsageError(`dense gradient of "${name}": want a sparse constant, got a dense value`);
}

/** Every value that depends on one of `sources`, these included. */
function dependents(graph: Graph, sources: ReadonlySet<string>): Set<string> {
  const active = new Set(sources);
  for (const node of graph.nodes)
    if (node.inputs.some((input) => active.has(input)))
      for (const output of node.outputs) if (output !== '') active.add(output);
  return active;
}

/** A builder whose values have symbolic types as soon as they are written. */
interface Writer {
  readonly builder: GraphBuilder;
  readonly types: Inference;
  /** Nodes are named after what they are the gradient of. */
  emit(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: GradientContext['attributes'],
    of: string,
  ): string[];
  scalar(value: number): string;
}

function writerOf(graph: Graph): Writer {
  const builder = graphBuilder(graph.name, graph);
  const types = inference(graph);
  return {
    builder,
    types,
    emit(op, inputs, count, attributes, of) {
      const name = `${of}:d.${op}`;
      const outputs = builder.nodes(op, inputs, count, attributes, name);
      types.node({ op, name, inputs, outputs, attributes });
      return outputs;
    },
    scalar(value) {
      const name = builder.scalar(value);
      if (!types.typeOf(name))
        types.constant(name, { encoding: 'dense', dtype: 'float32', shape: [], data: Float32Array.of(value) });
      return name;
    },
  };
}

/** The gradient of the loss by itself: 1, in the loss's shape. */
function seed(writer: Writer, loss: string): string {
  const rank = writer.types.typeOf(loss)?.shape.length ?? 0;
  if (rank === 0) return writer.scalar(1);
  const one = {
    encoding: 'dense',
    dtype: 'float32',
    shape: new Array<number>(rank).fill(1),
    data: Float32Array.of(1),
  } as const;
  const name = writer.builder.constant(`${loss}:d`, one);
  writer.types.constant(name, one);
  return name;
}

/** Gradients that arrive at a value, summed when somebody asks. Nothing may arrive at a value after that. */
interface GradientSums {
  push(value: string, gradient: Exclude<Gradient, undefined>): void;
  /** The sum, of the value's shape; undefined when nothing arrived. */
  dense(value: string): string | undefined;
  /** The sum in the form that the value's updates take: [stored] for a sparse constant. */
  any(value: string): string | undefined;
}

function gradientSums(writer: Writer, isSparse: (value: string) => boolean): GradientSums {
  const arrived = new Map<string, { dense: string[]; stored: string[] }>();
  // A sum takes the place of its terms, so that it is written once however often it is asked for.
  const sum = (value: string, terms: string[]): string | undefined => {
    if (terms.length > 1)
      terms.splice(
        0,
        terms.length,
        terms.reduce((a, b) => writer.emit('add', [a, b], 1, {}, value)[0]),
      );
    return terms[0];
  };
  function denseSum(value: string): string | undefined {
    const terms = arrived.get(value);
    invariant(!terms?.stored.length, `"${value}" got a gradient of stored values where a dense one was asked for`);
    return terms && sum(value, terms.dense);
  }
  return {
    push(value, gradient) {
      const terms = arrived.get(value) ?? { dense: [], stored: [] };
      arrived.set(value, terms);
      if (typeof gradient === 'string') terms.dense.push(gradient);
      else terms.stored.push(gradient.stored);
    },
    dense: denseSum,
    any(value) {
      if (!isSparse(value)) return denseSum(value);
      const terms = arrived.get(value);
      if (!terms) return undefined;
      const whole = sum(value, terms.dense);
      if (whole !== undefined) {
        terms.stored.push(...writer.emit('sample', [whole, value], 1, {}, value));
        terms.dense = [];
      }
      return sum(value, terms.stored);
    },
  };
}

function contextOf(
  writer: Writer,
  node: Node,
  outputGradients: GradientContext['outputGradients'],
  wants: GradientContext['wants'],
  isSparse: GradientContext['isSparse'],
): GradientContext {
  return {
    node,
    // Looked up when asked for: a rule that does not need them takes nodes whose attributes are left to values.
    get attributes() {
      return attributesOf(node);
    },
    inputs: node.inputs,
    outputs: node.outputs,
    outputGradients,
    wants,
    isSparse,
    shape(value) {
      const type = writer.types.typeOf(value);
      invariant(type, `the gradient rule of ${where(node)} asks for the shape of "${value}", which is not there`);
      return type.shape;
    },
    emit: (op, inputs, attributes = {}) => writer.emit(op, inputs, 1, attributes, node.name)[0],
    emitMany: (op, inputs, count, attributes = {}) => writer.emit(op, inputs, count, attributes, node.name),
    scalar: (value) => writer.scalar(value),
  };
}
