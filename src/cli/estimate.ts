/** What a run will cost, before it is run. */
import { type Shape, sizeOf } from '../core/shape.ts';
import { bytesOf, storedCount } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { callOf, opOf } from '../ops/call.ts';
import { inferTypes } from '../ops/infer.ts';
import { optimize } from '../passes/optimize.ts';
import { planGraph } from '../plan/build.ts';
import { encodeWeights } from '../plan/encode.ts';

export interface Estimate {
  /** Bytes of all constants as they are stored. */
  readonly weightBytes: number;
  /** Bytes of the WebAssembly memory that activations take. */
  readonly activationBytes: number;
  /** With every weight dense, and with what is not stored left out. */
  readonly multiplyAdds: { readonly dense: number; readonly sparse: number };
  /** Nodes without a kernel: they run in JavaScript, slowly. `op "node": reason`. */
  readonly slow: readonly string[];
}

/** Plans the graph as a session would. Throws UsageError where a node does not fit these shapes. */
export function estimate(graph: Graph, shapes: ReadonlyMap<string, Shape>): Estimate {
  const ready = encodeWeights(optimize(graph), 'auto');
  const plan = planGraph(ready, shapes, { allowDense: true });
  return {
    weightBytes: [...ready.constants.values()].reduce((sum, constant) => sum + bytesOf(constant), 0),
    activationBytes: plan.arenaBytes,
    multiplyAdds: multiplyAdds(ready, shapes),
    slow: plan.steps.flatMap(({ host, op, title, reason }) => (host ? [`${op} "${title}": ${reason}`] : [])),
  };
}

function multiplyAdds(graph: Graph, shapes: ReadonlyMap<string, Shape>): Estimate['multiplyAdds'] {
  const types = inferTypes(graph, shapes);
  let [dense, sparse] = [0, 0];
  for (const node of graph.nodes) {
    const op = opOf(node);
    const call = callOf(graph, node, types);
    const all = op.multiplyAdds?.(call, op.infer(call)) ?? 0;
    const weight = node.inputs.map((input) => graph.constants.get(input)).find((c) => c && c.encoding !== 'dense');
    dense += all;
    sparse += weight ? (all * storedCount(weight)) / Math.max(1, sizeOf(weight.shape)) : all;
  }
  return { dense: Math.round(dense), sparse: Math.round(sparse) };
}
