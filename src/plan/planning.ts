/** What the parts of planning share while one plan is made. */
import { invariant } from '../core/errors.ts';
import type { Graph, Node } from '../graph/graph.ts';
import type { EngineClass } from '../kernels/cost.ts';
import type { TensorType } from '../ops/op.ts';
import type { Value, Values } from './values.ts';

export interface PlanOptions {
  /** Constants whose numbers change between runs besides those the graph updates. */
  readonly mutable?: ReadonlySet<string>;
  /** What costs are predicted for; default 'simd'. */
  readonly engine?: EngineClass;
  /** Whether a sparse weight may also be run dense where that is predicted to be faster. */
  readonly allowDense?: boolean;
  /** Only this kernel may run where it fits: for tests and measurements of one kernel. */
  readonly only?: string;
  /** By node the kernel to take where it fits, whatever is predicted: what a measurement found. */
  readonly prefer?: ReadonlyMap<string, string>;
  /** Threads that may share the work of a step; default 1. */
  readonly threads?: number;
}

export interface Planning {
  readonly graph: Graph;
  readonly options: PlanOptions;
  readonly types: ReadonlyMap<string, TensorType>;
  readonly values: Values;
  /** By value the constant that it is the new value of. */
  readonly updated: ReadonlyMap<string, string>;
  /** By value the nodes that read it, in order. */
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  /** By value the last node that reads it. */
  readonly uses: ReadonlyMap<string, number>;
  /** The last node that makes a result of the graph. */
  readonly lastResult: number;
}

export function typeOf(types: ReadonlyMap<string, TensorType>, name: string): TensorType {
  const type = types.get(name);
  invariant(type, `value "${name}" has a type`);
  return type;
}

/** A kernel's input that is there. */
export function required(inputs: readonly (Value | undefined)[], input: number): Value {
  const value = inputs[input];
  invariant(value, `a kernel reads input ${input}, which is absent`);
  return value;
}
