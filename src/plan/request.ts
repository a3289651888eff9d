/** A node as kernels are asked for it. */
import { densified } from '../formats/densify.ts';
import type { Node } from '../graph/graph.ts';
import type { Layout, Operand, Request } from '../kernels/kernel.ts';
import type { OpCall, TensorType } from '../ops/op.ts';
import type { Planning } from './planning.ts';
import { operandOf, type Value } from './values.ts';

/** A node with what is known of its inputs and outputs. */
export interface Asked {
  readonly node: Node;
  readonly call: OpCall;
  readonly inputs: readonly (Value | undefined)[];
  /** Types of the outputs that the node names. */
  readonly made: readonly TensorType[];
}

/** @param asDense with the zeros of sparse weights written out; `wanted` the layout of output 0, if that is not left open */
export function requestFor(
  { graph, options }: Planning,
  { node, call, inputs, made }: Asked,
  asDense: boolean,
  wanted?: Layout,
): Request {
  const dense = (operand: Operand): Operand =>
    asDense && operand.constant && operand.constant.encoding !== 'dense'
      ? { ...operand, constant: densified(operand.constant), layout: 'rows' }
      : operand;
  const layout = graph.outputs.includes(node.outputs[0]) ? 'rows' : wanted;
  return {
    op: node.op,
    ...(options.engine && { engine: options.engine }),
    attributes: call.attributes,
    inputs: inputs.map((value) => value && dense(operandOf(value))),
    outputs: made.map(({ dtype, shape }) => ({ dtype, shape, layout: 'rows' })),
    ...(layout !== undefined && { wanted: layout }),
  };
}
