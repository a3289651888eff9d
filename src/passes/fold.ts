import { fromDoubles, isWide } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { type Graph, type Node, resultsOf } from '../graph/graph.ts';
import { callOf, closed, opOf, ownInputs } from '../ops/call.ts';
import { constantTypes } from '../ops/infer.ts';
import { constantArray } from '../ops/interpret.ts';
import type { NdArray, TensorType } from '../ops/op.ts';
import { updatedConstants } from './rewrite.ts';

/** References are plain loops: beyond this the wait would be noticed. */
const MAX_MULTIPLY_ADDS = 50e6;
/** A result of more elements than this is stored only if it is no larger than what it is made of. */
const MAX_ELEMENTS = 2 ** 18;

/**
 * Replaces every node whose inputs are all constants by the constants it computes, rounded to their element types.
 *
 * Stays: a node that reads a constant that is updated or sparse (the result would lose the sparsity), an impure one,
 * one that makes a graph output, and one that takes too long or would blow the model up.
 */
export function foldConstants(graph: Graph): Graph {
  const updated = updatedConstants(graph);
  const results = resultsOf(graph);
  const constants = new Map(graph.constants);
  const types = constantTypes(graph);
  const grown: Graph = { ...graph, constants };

  const arrayOf = (input: string): NdArray | undefined => {
    const constant = constants.get(input);
    return constant && constantArray(constant);
  };

  const fold = (open: Node): boolean => {
    const used = open.inputs.filter((input) => input !== '');
    const known = used.every((input) => isFoldable(constants.get(input)) && !updated.has(input));
    const op = opOf(open);
    if (used.length === 0 || !known || op.impure || open.outputs.some((output) => results.has(output))) return false;
    const node = closed(
      open,
      new Map(open.inputs.slice(ownInputs(open)).map((input) => [input, arrayOf(input) as NdArray])),
    );
    const call = callOf(grown, node, types);
    const inputs = node.inputs.map(arrayOf);
    const made = op.dynamic?.(call, inputs);
    const outputs: readonly TensorType[] = made ?? op.infer(call);
    const size = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const before = used.reduce((sum, input) => sum + sizeOf(constants.get(input)?.shape ?? []), 0);
    if (size > MAX_ELEMENTS && size > before) return false;
    if ((op.multiplyAdds?.(call, outputs) ?? 0) > MAX_MULTIPLY_ADDS) return false;
    const computed = made?.map(({ data }) => data) ?? op.reference(call, inputs, outputs);
    computed.forEach((values, i) => {
      const output = node.outputs[i] ?? '';
      if (output === '') return;
      const { dtype, shape } = outputs[i];
      constants.set(output, { encoding: 'dense', dtype, shape, data: fromDoubles(dtype, values) });
      types.set(output, { dtype, shape });
    });
    return true;
  };
  const nodes = graph.nodes.filter((node) => !fold(node));
  return nodes.length === graph.nodes.length ? graph : { ...graph, constants, nodes };
}

/** Dense, and exact in doubles. */
function isFoldable(constant: Constant | undefined): boolean {
  if (constant?.encoding !== 'dense') return false;
  const { data } = constant;
  return !isWide(data) || Array.prototype.every.call(data, (value) => Number.isSafeInteger(Number(value)));
}
