/** The graph: data only. Passes make new graphs, nothing changes one. */
import type { OpenAttributes } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import type { Dim } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';

export interface GraphInput {
  readonly name: string;
  readonly dtype: DType;
  /** Named dims are symbols: equal names must be equal numbers in one run. */
  readonly shape: readonly Dim[];
}

export interface Node {
  readonly op: string;
  /** Unique in the graph; error messages and plans speak of it. */
  readonly name: string;
  /** Value names; '' stands for an optional input that is absent. Those that attributes refer to come last. */
  readonly inputs: readonly string[];
  /** Value names; '' stands for an optional output that nobody wants. */
  readonly outputs: readonly string[];
  readonly attributes: OpenAttributes;
  /** The graphs that an op of control flow runs, by name (`thenBranch`, `elseBranch`, `body`). */
  readonly bodies?: Readonly<Record<string, Graph>>;
}

/** After a run the constant holds what `value` computed: how weights, optimizer state and running statistics move. */
export interface Update {
  readonly constant: string;
  readonly value: string;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** Names of values, in order. */
  readonly outputs: readonly string[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** In an order in which every value is made before it is used. */
  readonly nodes: readonly Node[];
  readonly updates: readonly Update[];
}

/** Which nodes read a value; graph outputs and updates are not counted. */
export function consumersOf(graph: Graph): Map<string, Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const input of new Set(node.inputs)) {
      if (input === '') continue;
      const list = consumers.get(input);
      if (list) list.push(node);
      else consumers.set(input, [node]);
    }
  return consumers;
}

/** The node that makes each value. */
export function producersOf(graph: Graph): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== '') producers.set(output, node);
  return producers;
}

/** Values that must survive the nodes: the graph's outputs and what its updates store. */
export function resultsOf(graph: Graph): Set<string> {
  return new Set([...graph.outputs, ...graph.updates.map((update) => update.value)]);
}
