/** Cuts off as much of a graph as can be planned now: the nodes from `start` whose shapes follow from what is there. */
import type { TypedArray } from '../../core/dtype.ts';
import type { Constant } from '../../formats/constant.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { opOf } from '../../ops/call.ts';
import { constantTypes } from '../../ops/infer.ts';
import { inferNode, type Known, knownConstants, knownNumbers } from '../../ops/known.ts';
import type { TensorType } from '../../ops/op.ts';
import { UnknownNumbersError } from '../../ops/unknown.ts';
import { optimize } from '../../passes/optimize.ts';
import type { AnyTensor } from '../tensor.ts';

export interface Stage {
  /** What to run; undefined where the next node runs on the host. */
  readonly graph: Graph | undefined;
  /** The node behind the stage. */
  readonly end: number;
}

/** What there is to plan with: tensors by name, and which of them give their numbers to shapes. */
export interface Given {
  readonly tensors: ReadonlyMap<string, AnyTensor>;
  /** Grows as nodes ask for numbers. */
  readonly wanted: Set<string>;
}

/** Whether the node runs outside any plan: its outputs' shapes follow from numbers, or it runs graphs of its own. */
export function runsOnHost(node: Node): boolean {
  return node.bodies !== undefined || opOf(node).dynamic !== undefined;
}

export function cutStage(graph: Graph, start: number, { tensors, wanted }: Given): Stage {
  const types = constantTypes(graph);
  const known: Known = knownConstants(graph);
  for (const [name, { type, dims }] of tensors) types.set(name, { dtype: type, shape: dims });
  const learn = (name: string): boolean => {
    const tensor = tensors.get(name);
    const numbers = tensor && numbersOf(tensor);
    if (numbers) known.set(name, numbers);
    return numbers !== undefined;
  };
  for (const name of wanted) learn(name);

  const nodes: Node[] = [];
  let end = start;
  for (; end < graph.nodes.length; end++) {
    const node = closedNode(graph, graph.nodes[end], types, known, (name) => {
      if (!learn(name)) return false;
      wanted.add(name);
      return true;
    });
    if (!node) break;
    nodes.push(node);
  }
  return { graph: nodes.length === 0 ? undefined : stageGraph(graph, nodes, end, { types, tensors }), end };
}

function numbersOf({ type, dims, data }: AnyTensor) {
  return knownNumbers({ dtype: type, shape: dims }, data as TypedArray);
}

/** The node with its attributes settled, or undefined where it has to wait for numbers. */
function closedNode(
  graph: Graph,
  node: Node,
  types: Map<string, TensorType>,
  known: Known,
  learn: (value: string) => boolean,
): Node | undefined {
  for (;;) {
    try {
      return inferNode(graph, node, types, known);
    } catch (error) {
      if (!(error instanceof UnknownNumbersError)) throw error;
      if (node.bodies || opOf(node).dynamic || known.has(error.value) || !learn(error.value)) return undefined;
    }
  }
}

interface Surroundings {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly tensors: ReadonlyMap<string, AnyTensor>;
}

/** The nodes as a graph with fixed shapes: what they read comes in, what is read later goes out. */
function stageGraph(graph: Graph, nodes: readonly Node[], end: number, { types, tensors }: Surroundings): Graph {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const later = new Set([...graph.outputs, ...graph.nodes.slice(end).flatMap(({ inputs }) => inputs)]);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const constants = new Map<string, Constant>();
  for (const [name, constant] of graph.constants) if (used.has(name)) constants.set(name, constant);
  const inputs = [...used].filter((name) => tensors.has(name) && !made.has(name));
  return optimize({
    name: graph.name,
    inputs: inputs.map((name) => {
      const { dtype, shape } = types.get(name) as TensorType;
      return { name, dtype, shape };
    }),
    outputs: [...made].filter((name) => later.has(name)),
    constants,
    nodes,
    updates: [],
  });
}
