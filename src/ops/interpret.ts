/** Runs a graph by the ops' references in double precision: slow, plain, and what every fast path is held against. */
import { fromDoubles, toDoubles } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import { toDense } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { callOf, closed, opOf } from './call.ts';
import { constantTypes } from './infer.ts';
import type { NdArray, TensorType } from './op.ts';

/** A constant in doubles; sparse ones are filled out with zeros. */
export function constantArray(constant: Constant): NdArray {
  const { dtype, shape } = constant;
  if (constant.encoding === 'dense') return { dtype, shape, data: toDoubles(constant.data), constant };
  return { dtype, shape, data: Float64Array.from(toDense(constant)), stored: constant.values.length, constant };
}

export interface InterpretOptions {
  /** Round every result to its element type, as kernels do; otherwise floats stay doubles. */
  readonly round?: boolean;
}

/** Every value of the graph, by name. `feeds` holds the graph's inputs. */
export function interpret(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  { round = false }: InterpretOptions = {},
): Map<string, NdArray> {
  const values = new Map<string, NdArray>();
  for (const [name, constant] of graph.constants) values.set(name, constantArray(constant));
  for (const { name } of graph.inputs) {
    const feed = feeds.get(name);
    if (!feed) throw new UsageError(`input "${name}": want a tensor, got none`);
    values.set(name, feed);
  }
  const types: Map<string, TensorType> = constantTypes(graph);
  for (const [name, { dtype, shape }] of feeds) types.set(name, { dtype, shape });
  for (const open of graph.nodes) {
    const node = closed(open, values);
    const op = opOf(node);
    const call = callOf(graph, node, types);
    const inputs = node.inputs.map((input) => values.get(input));
    const made = op.dynamic?.(call, inputs);
    const outputs: readonly TensorType[] = made ?? op.infer(call);
    const results = made?.map(({ data }) => data) ?? op.reference(call, inputs, outputs);
    node.outputs.forEach((output, i) => {
      if (output === '') return;
      types.set(output, outputs[i]);
      const rounded =
        round || outputs[i].dtype !== 'float32' ? toDoubles(fromDoubles(outputs[i].dtype, results[i])) : results[i];
      values.set(output, { ...outputs[i], data: rounded });
    });
  }
  return values;
}
