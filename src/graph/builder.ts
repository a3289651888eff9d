/** Writes a graph node by node, inventing names where none are given. It checks nothing: `verify` does, once, at the end. */
import type { Attributes } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import type { Dim, Shape } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, GraphInput, Node, Update } from './graph.ts';

export interface GraphBuilder {
  /** Declares an input and returns its name. */
  input(name: string, dtype: DType, shape: readonly Dim[]): string;
  constant(name: string, constant: Constant): string;
  /** A float32 scalar constant, shared by equal values. */
  scalar(value: number): string;
  /** One node with one output; returns the output's name. */
  node(op: string, inputs: readonly string[], attributes?: Attributes, name?: string): string;
  /** One node with `count` outputs; returns their names. */
  nodes(op: string, inputs: readonly string[], count: number, attributes?: Attributes, name?: string): string[];
  update(constant: string, value: string): void;
  output(...values: string[]): void;
  /** A name like `base` that nothing else carries yet. */
  fresh(base: string): string;
  build(): Graph;
}

/** Starts empty, or from a graph that is to be extended. */
export function graphBuilder(name: string, from?: Graph): GraphBuilder {
  const inputs: GraphInput[] = [...(from?.inputs ?? [])];
  const outputs: string[] = [...(from?.outputs ?? [])];
  const constants = new Map<string, Constant>(from?.constants);
  const nodes: Node[] = [...(from?.nodes ?? [])];
  const updates: Update[] = [...(from?.updates ?? [])];
  const taken = new Set<string>();
  for (const input of inputs) taken.add(input.name);
  for (const constant of constants.keys()) taken.add(constant);
  for (const node of nodes) for (const used of [node.name, ...node.outputs]) taken.add(used);

  const counters = new Map<string, number>();
  function fresh(base: string): string {
    let candidate = base;
    while (taken.has(candidate)) {
      const count = (counters.get(base) ?? 0) + 1;
      counters.set(base, count);
      candidate = `${base}.${count}`;
    }
    taken.add(candidate);
    return candidate;
  }

  function add(op: string, ins: readonly string[], count: number, attributes: Attributes, name?: string): string[] {
    const nodeName = fresh(name ?? op);
    const outs = Array.from({ length: count }, (_, i) =>
      fresh(count === 1 ? `${nodeName}:out` : `${nodeName}:out${i}`),
    );
    nodes.push({ op, name: nodeName, inputs: [...ins], outputs: outs, attributes });
    return outs;
  }

  return {
    input(inputName, dtype, shape) {
      taken.add(inputName);
      inputs.push({ name: inputName, dtype, shape: [...shape] });
      return inputName;
    },
    constant(constantName, constant) {
      const unique = fresh(constantName);
      constants.set(unique, constant);
      return unique;
    },
    scalar(value) {
      const scalarName = `scalar(${value})`;
      if (!constants.has(scalarName)) {
        taken.add(scalarName);
        constants.set(scalarName, { encoding: 'dense', dtype: 'float32', shape: [], data: Float32Array.of(value) });
      }
      return scalarName;
    },
    node: (op, ins, attributes = {}, nodeName) => add(op, ins, 1, attributes, nodeName)[0],
    nodes: (op, ins, count, attributes = {}, nodeName) => add(op, ins, count, attributes, nodeName),
    update: (constant, value) => void updates.push({ constant, value }),
    output: (...values) => void outputs.push(...values),
    fresh,
    build: () => ({ name, inputs, outputs, constants, nodes, updates }),
  };
}

/** A dense float32 constant over `data` (not copied). */
export function dense(shape: Shape, data: Float32Array): Constant {
  return { encoding: 'dense', dtype: 'float32', shape, data };
}
