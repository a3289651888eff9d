/** The products by constant matrices around an attention, and these matrices with fewer features. */
import type { Constant, DenseConstant } from '../../formats/constant.ts';
import { densified } from '../../formats/densify.ts';
import { formats } from '../../formats/table.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { attributesOf } from '../../ops/call.ts';
import { boolean } from '../../ops/op.ts';
import { hasActivation, hasBias, hasResidual } from '../epilogue.ts';

export interface Layer {
  readonly node: Node;
  readonly weight: Constant;
  /** The axis of the weight along which the features of the heads lie: 0 or 1. */
  readonly axis: 0 | 1;
  readonly bias: DenseConstant | undefined;
}

/** A product that makes what attention reads, or that reads what it makes; undefined where the node is none. */
export function layerOf(
  { constants }: Pick<Graph, 'constants'>,
  node: Node | undefined,
  makes: boolean,
): Layer | undefined {
  if (node?.op !== 'matmul') return undefined;
  const attributes = attributesOf(node);
  const weight = constants.get(node.inputs[1]);
  const bias = hasBias(node) ? constants.get(node.inputs[2]) : undefined;
  // Of N:M weights no features can be taken without breaking groups.
  if (weight?.dtype !== 'float32' || weight.shape.length !== 2 || weight.encoding === 'nm') return undefined;
  if (boolean(attributes, 'transposeA') || (hasBias(node) && bias?.encoding !== 'dense')) return undefined;
  if (makes && (hasActivation(node) || hasResidual(node))) return undefined;
  const axis = boolean(attributes, 'transposeB') === makes ? 0 : 1;
  return { node, weight, axis, bias: bias?.encoding === 'dense' ? bias : undefined };
}

/** How many features lie along its axis. */
export function widthOf({ weight, axis }: Layer): number {
  return weight.shape[axis];
}

/** The given features of a matrix along an axis, or of a vector, in the same encoding. */
export function selected(constant: Constant, axis: number, features: readonly number[]): Constant {
  const { data, shape } = densified(constant);
  const inner = axis === shape.length - 1 ? 1 : shape[1];
  const outer = axis === 0 ? 1 : shape[0];
  const taken = new Float32Array(outer * features.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++)
    for (const feature of features)
      for (let i = 0; i < inner; i++) taken[at++] = Number(data[(o * shape[axis] + feature) * inner + i]);
  const made = shape.with(axis, features.length);
  if (constant.encoding === 'csr') return formats.csr.fromDense(taken, made, constant.outputAxis);
  if (constant.encoding === 'bsr')
    return formats.bsr.fromDense(taken, made, constant.outputAxis, undefined, { block: constant.block });
  return { encoding: 'dense', dtype: 'float32', shape: made, data: taken };
}

/**
 * The bias of a product that reads `inputs`, some of which are the same for every token: these by their rows of the weight, and
 * what it was before. undefined where none is other than 0.
 */
export function withConstants(out: Layer, inputs: ReadonlyMap<number, number>): DenseConstant | undefined {
  const rows = [...inputs].filter(([, value]) => value !== 0);
  if (rows.length === 0) return undefined;
  const [depth, features] = [widthOf(out), out.weight.shape[1 - out.axis]];
  const { data } = densified(out.weight);
  const sums = Float64Array.from({ length: features }, (_, i) => Number(out.bias?.data[i] ?? 0));
  for (const [row, value] of rows)
    for (let i = 0; i < features; i++)
      sums[i] += value * Number(data[out.axis === 0 ? row * features + i : i * depth + row]);
  return { encoding: 'dense', dtype: 'float32', shape: [features], data: Float32Array.from(sums) };
}
