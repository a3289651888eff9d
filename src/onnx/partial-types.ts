/**
 * Shapes of a graph that is still being read, for the few rules that depend on them. Inference runs twice, with different
 * extents for every symbol: an extent that comes out twice the same is known. It follows the nodes as they are added.
 */
import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, GraphInput, Node } from '../graph/graph.ts';
import { callOf, opOf } from '../ops/call.ts';
import type { TensorType } from '../ops/op.ts';

export interface PartialTypes {
  /** The value's extents, undefined where they depend on the feeds; undefined altogether where inference fails. */
  shape(value: string): readonly (number | undefined)[] | undefined;
  dtype(value: string): DType | undefined;
}

/** `constants` and `nodes` may grow afterwards; what is there must not change. */
export function partialTypes(
  inputs: readonly GraphInput[],
  constants: ReadonlyMap<string, Constant>,
  nodes: readonly Node[],
): PartialTypes {
  const graph: Graph = { name: '', inputs, outputs: [], constants, nodes, updates: [] };
  const symbols = new Map<string, number>();
  for (const { shape } of inputs)
    for (const dim of shape) if (typeof dim === 'string' && !symbols.has(dim)) symbols.set(dim, symbols.size + 1);
  const attempts = [64, 96].map((base) => {
    const types = new Map<string, TensorType>();
    for (const { name, dtype, shape } of inputs)
      types.set(name, {
        dtype,
        shape: shape.map((dim) => (typeof dim === 'number' ? dim : base * (symbols.get(dim) ?? 1))),
      });
    return { types, done: 0 };
  });

  function advance(attempt: { readonly types: Map<string, TensorType>; done: number }): Map<string, TensorType> {
    const { types } = attempt;
    for (; attempt.done < nodes.length; attempt.done++) {
      const node = nodes[attempt.done];
      for (const input of node.inputs) {
        const constant = constants.get(input);
        if (constant && !types.has(input)) types.set(input, { dtype: constant.dtype, shape: constant.shape });
      }
      if (node.inputs.some((input) => input !== '' && !types.has(input))) continue;
      try {
        const outputs = opOf(node).infer(callOf(graph, node, types));
        node.outputs.forEach((output, i) => {
          if (output !== '' && outputs[i]) types.set(output, outputs[i]);
        });
      } catch (error) {
        // Not an error of the file: these extents are ours. What follows from this node stays unknown.
        if (!(error instanceof UsageError)) throw error;
      }
    }
    return types;
  }

  return {
    shape(value) {
      const constant = constants.get(value);
      if (constant) return constant.shape;
      const [one, two] = attempts.map((attempt) => advance(attempt).get(value)?.shape);
      if (!one || !two || one.length !== two.length) return undefined;
      return one.map((extent, axis) => (extent === two[axis] ? extent : undefined));
    },
    dtype: (value) => constants.get(value)?.dtype ?? advance(attempts[0]).get(value)?.dtype,
  };
}
