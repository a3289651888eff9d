/** Nodes that run between stages: ops whose output shapes follow from numbers, and control flow. */
import { fromDoubles, type TypedArray, toDoubles } from '../../core/dtype.ts';
import { invariant, UsageError } from '../../core/errors.ts';
import type { Constant } from '../../formats/constant.ts';
import { densified } from '../../formats/densify.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { callOf, closed, opOf } from '../../ops/call.ts';
import { type NdArray, type TensorType, where } from '../../ops/op.ts';
import type { Feeds } from '../executor.ts';
import { type AnyTensor, Tensor } from '../tensor.ts';
import type { Budget } from './budget.ts';
import { runIf, runLoop, runScan } from './control.ts';

export type RunGraph = (graph: Graph, feeds: Feeds) => ReadonlyMap<string, AnyTensor>;

export function constantTensor(constant: Constant | undefined): AnyTensor | undefined {
  if (!constant) return undefined;
  const { dtype, data, shape } = densified(constant);
  return new Tensor(dtype as 'float32', data as Float32Array, shape);
}

/** The node's outputs, in order. */
export function runHostNode(
  node: Node,
  inputs: readonly (AnyTensor | undefined)[],
  run: RunGraph,
  budget: Budget,
): AnyTensor[] {
  switch (node.op) {
    case 'if':
      return runIf(node, inputs, run);
    case 'loop':
      return runLoop(node, inputs, run, budget);
    case 'scan':
      return runScan(node, inputs, run, budget);
    default:
      return runDynamic(node, inputs);
  }
}

function runDynamic(open: Node, tensors: readonly (AnyTensor | undefined)[]): AnyTensor[] {
  const arrays = new Map<string, NdArray>();
  const types = new Map<string, TensorType>();
  open.inputs.forEach((name, i) => {
    const tensor = tensors[i];
    if (!tensor) return;
    const type = { dtype: tensor.type, shape: tensor.dims };
    types.set(name, type);
    arrays.set(name, { ...type, data: doublesOf(open, tensor) });
  });
  const node = closed(open, arrays);
  const { dynamic, infer, reference } = opOf(node);
  const call = callOf({ constants: new Map() }, node, types);
  const inputs = node.inputs.map((name) => arrays.get(name));
  if (dynamic) return dynamic(call, inputs).map(tensorOf);
  const outputs = infer(call);
  return reference(call, inputs, outputs).map((data, i) => tensorOf({ ...outputs[i], data }));
}

function doublesOf(node: Node, { data }: AnyTensor): Float64Array {
  try {
    return toDoubles(data as TypedArray);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${where(node)}: ${error.message}`);
    throw error;
  }
}

function tensorOf({ dtype, shape, data }: NdArray): AnyTensor {
  return new Tensor(dtype as 'float32', fromDoubles(dtype, data) as Float32Array, shape);
}

/** Runs a node's graph on its inputs in order. */
export function runBody(
  node: Node,
  name: string,
  inputs: readonly (AnyTensor | undefined)[],
  run: RunGraph,
): AnyTensor[] {
  const body = node.bodies?.[name];
  invariant(body, `${where(node)} has a graph ${name}`);
  const feeds: Record<string, AnyTensor> = {};
  body.inputs.forEach((input, i) => {
    const tensor = inputs[i];
    invariant(tensor, `${where(node)}: input ${i} of its graph ${name} is there`);
    feeds[input.name] = tensor;
  });
  const results = run(body, feeds);
  return body.outputs.map((output) => results.get(output) as AnyTensor);
}
