import type { Shape } from '../core/shape.ts';
import { sizeOf } from '../core/shape.ts';
import { storedCount } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { callOf, opOf } from '../ops/call.ts';
import { inferTypes } from '../ops/infer.ts';
import type { Executor } from '../runtime/executor.ts';

/** Multiply-adds of one training step: forward, backward and weight gradients. */
export interface StepCost {
  /** With every weight dense. */
  readonly dense: number;
  /** With the weights as they are encoded now: what is not stored is not multiplied. */
  readonly sparse: number;
}

export function stepCost(graph: Graph, executor: Executor, batchSize: number): StepCost {
  const shapes = new Map(
    graph.inputs.map(({ name, shape }): [string, Shape] => [
      name,
      shape.map((dim) => (typeof dim === 'number' ? dim : batchSize)),
    ]),
  );
  const types = inferTypes(graph, shapes);
  let dense = 0;
  let sparse = 0;
  for (const node of graph.nodes) {
    const op = opOf(node);
    if (!op.multiplyAdds) continue;
    const call = callOf(graph, node, types);
    const all = op.multiplyAdds(call, op.infer(call));
    dense += all;
    const weight = node.inputs
      .map((input) => executor.readConstant(input) ?? graph.constants.get(input))
      .find((c) => c && c.encoding !== 'dense');
    sparse += weight ? (all * storedCount(weight)) / Math.max(1, sizeOf(weight.shape)) : all;
  }
  return { dense: Math.round(dense), sparse: Math.round(sparse) };
}
