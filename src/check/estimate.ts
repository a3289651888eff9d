/** What a run will cost, before it is run. */
import { type Shape, sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { bytesOf, storedCount } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { callOf, opOf } from '../ops/call.ts';
import type { TensorType } from '../ops/op.ts';
import { optimize } from '../passes/optimize.ts';
import { planGraph } from '../plan/build.ts';
import { encodeWeights } from '../plan/encode.ts';
import type { Plan } from '../plan/plan.ts';
import { knownPart } from './known-part.ts';

export interface Estimate {
  /** Bytes of all constants as they are stored. */
  readonly weightBytes: number;
  /** Bytes of the WebAssembly memory that activations take. */
  readonly activationBytes: number;
  /** With every weight dense, and with what is not stored left out. */
  readonly multiplyAdds: { readonly dense: number; readonly sparse: number };
  /** Nodes without a kernel: they run in plain JavaScript, slowly. `op "node": reason`. */
  readonly slow: readonly string[];
  /**
   * Nodes at which a run waits for numbers, and why: what follows from them is planned while running, and is not part of
   * the figures.
   */
  readonly waiting: readonly string[];
  /** How many nodes follow from those. */
  readonly behind: number;
}

/** Plans the graph as a session would. Throws UsageError where a node does not fit these shapes. */
export function estimate(graph: Graph, shapes: ReadonlyMap<string, Shape>): Estimate {
  const { graph: known, waiting, behind } = knownPart(graph, shapes);
  const ready = encodeWeights(optimize(known), 'auto');
  const plan = planGraph(ready, shapes, { allowDense: true });
  const whole = known === graph ? ready : encodeWeights(optimize(graph), 'auto');
  return {
    weightBytes: [...constantsOf(whole)].reduce((sum, each) => sum + bytesOf(each), 0),
    activationBytes: plan.arenaBytes,
    multiplyAdds: multiplyAdds(plan),
    slow: plan.steps.flatMap(({ host, op, title, reason }) => (host ? [`${op} "${title}": ${reason}`] : [])),
    waiting,
    behind,
  };
}

/** Those of the graph and of the graphs that its nodes run, each once. */
function constantsOf(graph: Graph): Set<Constant> {
  const inner = graph.nodes.flatMap(({ bodies = {} }) =>
    Object.values(bodies).flatMap((body) => [...constantsOf(body)]),
  );
  return new Set([...graph.constants.values(), ...inner]);
}

/** Of what was planned: its nodes have no attributes left to values. */
function multiplyAdds({ graph, types }: Plan): Estimate['multiplyAdds'] {
  let [dense, sparse] = [0, 0];
  for (const node of graph.nodes) {
    const outputs = node.outputs.map((output) => types.get(output) ?? nothing);
    const all = opOf(node).multiplyAdds?.(callOf(graph, node, types), outputs) ?? 0;
    const weight = node.inputs.map((input) => graph.constants.get(input)).find((c) => c && c.encoding !== 'dense');
    dense += all;
    sparse += weight ? (all * storedCount(weight)) / Math.max(1, sizeOf(weight.shape)) : all;
  }
  return { dense: Math.round(dense), sparse: Math.round(sparse) };
}

const nothing: TensorType = { dtype: 'uint8', shape: [0] };
