import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { type Dim, format, type Shape, sizeOf } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { callOf, opOf } from './call.ts';
import type { TensorType } from './op.ts';
import { where } from './op.ts';

/** The type of a constant; a sparse one also says how many values it stores. */
export function constantTypes(graph: Graph): Map<string, TensorType> {
  const types = new Map<string, TensorType>();
  for (const [name, constant] of graph.constants) {
    const stored = constant.encoding === 'dense' ? {} : { stored: constant.values.length };
    types.set(name, { dtype: constant.dtype, shape: constant.shape, ...stored });
  }
  return types;
}

/** The type of every value for concrete input shapes. Throws UsageError naming the node whose inputs do not fit. */
export function inferTypes(graph: Graph, inputShapes: ReadonlyMap<string, Shape>): Map<string, TensorType> {
  const types = constantTypes(graph);
  for (const { name, dtype } of graph.inputs) {
    const shape = inputShapes.get(name);
    if (!shape) throw new UsageError(`input "${name}": want a shape, got none`);
    types.set(name, { dtype, shape });
  }
  for (const node of graph.nodes) {
    const inferred = opOf(node).infer(callOf(graph, node, types));
    node.outputs.forEach((output, i) => {
      if (output === '') return;
      const type = inferred[i];
      if (!type) throw new UsageError(`${where(node)}: want at most ${inferred.length} outputs, got ${node.outputs.length}`);
      sizeOf(type.shape);
      types.set(output, type);
    });
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

function describe(shape: readonly Dim[], symbols: ReadonlyMap<string, number>): string {
  return format(shape.map((dim) => (typeof dim === 'string' && symbols.has(dim) ? `${dim}=${symbols.get(dim)}` : dim)));
}

export interface SymbolicType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/**
 * The type of every value with symbols left in place. Found by inferring twice with different extents per symbol:
 * an extent that stays is a number, one that follows a symbol carries its name, and one that depends on symbols in
 * another way becomes a name of its own that starts with `?`. Exact for every shape rule without one per op.
 */
export function inferSymbolic(graph: Graph): Map<string, SymbolicType> {
  const symbols = [...new Set(graph.inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === 'string')))];
  const attempts: Map<string, TensorType>[] = [];
  const bindings: Map<string, number>[] = [];
  let failure: unknown;
  for (const base of [64, 96, 32, 224, 16, 1]) {
    const binding = new Map(symbols.map((symbol, i) => [symbol, base === 1 ? 1 : base * (i + 1)]));
    const shapes = new Map(
      graph.inputs.map(({ name, shape }) => [name, shape.map((dim) => (typeof dim === 'number' ? dim : (binding.get(dim) ?? 1)))]),
    );
    try {
      attempts.push(inferTypes(graph, shapes));
      bindings.push(binding);
    } catch (error) {
      failure ??= error;
    }
    if (attempts.length === 2 || (attempts.length === 1 && symbols.length === 0)) break;
  }
  if (attempts.length === 0) throw failure;
  const [first, second = first] = attempts;
  const [one, two = one] = bindings;
  const symbolic = new Map<string, SymbolicType>();
  for (const [value, { dtype, shape }] of first) {
    const other = second.get(value)?.shape ?? shape;
    const dims = shape.map((extent, axis): Dim => {
      const followed = symbols.find((symbol) => extent === one.get(symbol) && other[axis] === two.get(symbol));
      if (followed !== undefined && (extent !== other[axis] || attempts.length === 1)) return followed;
      return extent === other[axis] ? extent : `?${value}.${axis}`;
    });
    symbolic.set(value, { dtype, shape: dims });
  }
  for (const { name, dtype, shape } of graph.inputs) symbolic.set(name, { dtype, shape });
  return symbolic;
}
