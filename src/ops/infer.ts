import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { type Dim, format, type Shape, sameShape } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { inferNode, type Known, knownConstants, knownNumbers } from './known.ts';
import type { NdArray, TensorType } from './op.ts';

/** The types of a graph's constants. */
export function constantTypes(graph: Graph): Map<string, TensorType> {
  return new Map([...graph.constants].map(([name, constant]) => [name, constantType(constant)]));
}

/** The type of a constant; a sparse one also says how many values it stores. */
export function constantType({ dtype, shape, ...rest }: Constant): TensorType {
  return { dtype, shape, ...(rest.encoding === 'dense' ? {} : { stored: rest.values.length }) };
}

/** The type of every value for concrete input shapes. Throws UsageError naming the node whose inputs do not fit. */
export function inferTypes(graph: Graph, inputShapes: ReadonlyMap<string, Shape>): Map<string, TensorType> {
  const types = startTypes(graph, inputShapes);
  const known = knownConstants(graph);
  for (const node of graph.nodes) inferNode(graph, node, types, known);
  return types;
}

/** The types of constants and inputs. Throws UsageError where an input has no shape. */
export function startTypes(graph: Graph, inputShapes: ReadonlyMap<string, Shape>): Map<string, TensorType> {
  const types = constantTypes(graph);
  for (const { name, dtype } of graph.inputs) {
    const shape = inputShapes.get(name);
    if (!shape) throw new UsageError(`input "${name}": want a shape, got none`);
    types.set(name, { dtype, shape });
  }
  return types;
}

/** Binds symbols to numbers from the given shapes, checking ranks, fixed extents and that equal names agree. */
export function bindSymbols(graph: Graph, shapes: ReadonlyMap<string, Shape>): Map<string, number> {
  const symbols = new Map<string, number>();
  for (const { name, shape: wanted } of graph.inputs) {
    const got = shapes.get(name);
    if (!got) continue;
    const complain = (): never => {
      throw new UsageError(`input "${name}": want shape ${describe(wanted, symbols)}, got ${format(got)}`);
    };
    if (got.length !== wanted.length) complain();
    wanted.forEach((dim, i) => {
      if (typeof dim === 'number') {
        if (dim !== got[i]) complain();
      } else if (symbols.has(dim)) {
        if (symbols.get(dim) !== got[i]) complain();
      } else symbols.set(dim, got[i]);
    });
  }
  return symbols;
}

/**
 * A shape per input: the given ones; in the others a named dimension takes what the given ones say, else 1. Throws
 * UsageError for given extents that do not fit.
 */
export function completeShapes(graph: Graph, given: ReadonlyMap<string, Shape>): Map<string, Shape> {
  const symbols = bindSymbols(graph, given);
  const extent = (dim: Dim) => (typeof dim === 'number' ? dim : (symbols.get(dim) ?? 1));
  return new Map(graph.inputs.map(({ name, shape }) => [name, given.get(name) ?? shape.map(extent)]));
}

function describe(shape: readonly Dim[], symbols: ReadonlyMap<string, number>): string {
  return format(shape.map((dim) => (typeof dim === 'string' && symbols.has(dim) ? `${dim}=${symbols.get(dim)}` : dim)));
}

export interface SymbolicType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** Symbolic types of a graph that is still being written: how a pass knows the shapes of what it has just emitted. */
export interface Inference {
  /** undefined for a value that is not there. */
  typeOf(value: string): SymbolicType | undefined;
  /** The numbers of a small value that are the same whatever the symbols stand for; undefined for others. */
  numbersOf(value: string): NdArray | undefined;
  /** Every value so far. */
  values(): IterableIterator<string>;
  constant(name: string, constant: Constant): void;
  /** Throws UsageError where the node's inputs do not fit. */
  node(node: Node): void;
}

/** Extents tried for the symbols: symbol i gets base + step * i. No multiple of one symbol equals another in two rows. */
export const trials = [
  { base: 64, step: 64 },
  { base: 96, step: 128 },
  { base: 32, step: 16 },
  { base: 224, step: 160 },
  { base: 16, step: 48 },
  // Samples of sound: windows over them are hundreds wide.
  { base: 4096, step: 1024 },
  { base: 6144, step: 4096 },
  { base: 1, step: 0 },
] as const;

/** An inference with numbers in place of the symbols. */
export interface Attempt {
  readonly types: Map<string, TensorType>;
  readonly known: Known;
  readonly symbols: ReadonlyMap<string, number>;
}

/** The names among the extents of the inputs. */
export function symbolsOf(inputs: Graph['inputs']): string[] {
  return [...new Set(inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string')))];
}

/** Where an input has the extent of a value that the graph computes, such as targets that are shaped like an output. */
export function extentOf(value: string, axis: number): string {
  return `?${value}.${axis}`;
}

interface Follower {
  readonly symbol: string;
  readonly axis: number;
}

/** By value the symbols that are its extents. */
function followersOf(graph: Graph, symbols: readonly string[]): Map<string, Follower[]> {
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const found = new Map<string, Follower[]>();
  for (const symbol of symbols) {
    const dot = symbol.lastIndexOf('.');
    const value = symbol.slice(1, dot);
    if (!symbol.startsWith('?') || !made.has(value)) continue;
    found.set(value, [...(found.get(value) ?? []), { symbol, axis: Number(symbol.slice(dot + 1)) }]);
  }
  return found;
}

function attemptsOf(graph: Graph): readonly Attempt[] {
  const all = symbolsOf(graph.inputs);
  const followers = followersOf(graph, all);
  const following = new Set([...followers.values()].flatMap((own) => own.map(({ symbol }) => symbol)));
  const symbols = all.filter((symbol) => !following.has(symbol));
  const late = graph.inputs.filter(({ shape }) => shape.some((dim) => following.has(String(dim))));
  const attempts: Attempt[] = [];
  let failure: unknown;
  for (const { base, step } of trials) {
    const bound = new Map(symbols.map((symbol, i) => [symbol, base + step * i]));
    const extents = (shape: readonly Dim[]) =>
      shape.map((dim) => (typeof dim === 'number' ? dim : (bound.get(dim) ?? 1)));
    const shapes = new Map(graph.inputs.map(({ name, shape }) => [name, extents(shape)]));
    try {
      const types = startTypes(graph, shapes);
      const known = knownConstants(graph);
      for (const node of graph.nodes) {
        inferNode(graph, node, types, known);
        for (const output of late.length > 0 ? node.outputs : [])
          for (const { symbol, axis } of followers.get(output) ?? []) {
            bound.set(symbol, types.get(output)?.shape[axis] ?? 1);
            for (const { name, dtype, shape } of late) types.set(name, { dtype, shape: extents(shape) });
          }
      }
      attempts.push({ types, known, symbols: bound });
    } catch (error) {
      failure ??= error;
    }
    if (attempts.length === 2 || (attempts.length === 1 && symbols.length === 0)) break;
  }
  if (attempts.length === 0) throw failure;
  return attempts;
}

/**
 * Starts an inference from a graph. Types are found by inferring twice with different extents per symbol: an extent
 * that stays is a number, one that follows a symbol carries its name, and one that depends on symbols in another way
 * becomes a name of its own that starts with `?`. Exact for every shape rule without a second, symbolic one per op.
 */
export function inference(graph: Graph): Inference {
  const attempts = attemptsOf(graph);
  const [first, second = first] = attempts;
  const constants = new Map(graph.constants);
  const declared = new Map(graph.inputs.map((input) => [input.name, input]));
  return {
    typeOf(value) {
      const input = declared.get(value);
      if (input) return { dtype: input.dtype, shape: input.shape };
      const type = first.types.get(value);
      if (!type || constants.has(value)) return type && { dtype: type.dtype, shape: type.shape };
      return { dtype: type.dtype, shape: symbolicShape(value, first, second) };
    },
    numbersOf(value) {
      const [a, b] = [first.known.get(value), second.known.get(value)];
      return a && b && sameNumbers(a, b) ? a : undefined;
    },
    values: () => first.types.keys(),
    constant(name, constant) {
      constants.set(name, constant);
      const numbers = constant.encoding === 'dense' ? knownNumbers(constant, constant.data) : undefined;
      for (const { types, known } of attempts) {
        types.set(name, constantType(constant));
        if (numbers) known.set(name, numbers);
      }
    },
    node(node) {
      for (const { types, known } of attempts) inferNode({ constants }, node, types, known);
    },
  };
}

function sameNumbers(a: NdArray, b: NdArray): boolean {
  return sameShape(a.shape, b.shape) && a.data.every((value, i) => Object.is(value, b.data[i]));
}

/** What two attempts together say of a shape that both have. */
export function symbolicShape(value: string, first: Attempt, second: Attempt): Dim[] {
  const shape = first.types.get(value)?.shape ?? [];
  const other = second.types.get(value)?.shape ?? shape;
  return shape.map((extent, axis) => {
    for (const [symbol, bound] of first.symbols)
      if (
        extent === bound &&
        other[axis] === second.symbols.get(symbol) &&
        (extent !== other[axis] || first === second)
      )
        return symbol;
    return extent === other[axis] ? extent : extentOf(value, axis);
  });
}

/** The type of every value with symbols left in place, see `inference`. */
export function inferSymbolic(graph: Graph): Map<string, SymbolicType> {
  const inferred = inference(graph);
  const types = new Map<string, SymbolicType>();
  for (const value of inferred.values()) types.set(value, inferred.typeOf(value) as SymbolicType);
  return types;
}
