import type { DenseConstant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number } from '../ops/op.ts';
import { hasBias, isScalar, type Product, productOf, runsAlong } from './epilogue.ts';
import { scaleFeatures } from './features.ts';
import { frozenDense, replaceConstant, updatedConstants, usesOf } from './rewrite.ts';
import { once, symbolicTypes } from './symbolic.ts';

/** y = x * factor + shift, per output feature. */
interface Affine {
  readonly factors: ArrayLike<number>;
  readonly shifts: ArrayLike<number>;
}

/**
 * Works what multiplies or shifts every output feature by a constant into the conv2d or matmul before it: inference
 * batchNorm, and products and sums with constants.
 *
 *     weight' = weight * factor per output feature,   bias' = bias * factor + shift
 *     batchNorm: factor = scale / sqrt(variance + epsilon),   shift = its bias - mean * factor
 *
 * A sparse weight keeps its encoding and pattern. Needs constants that no update touches, and a product that nobody else
 * reads. A matmul before batchNorm must be of rank 2: batchNorm's channel axis is axis 1.
 */
export function foldAffine(graph: Graph): Graph {
  const updated = updatedConstants(graph);
  const uses = usesOf(graph);
  const types = once(() => symbolicTypes(graph));
  const constants = new Map(graph.constants);
  const nodes: (Node | undefined)[] = [...graph.nodes];
  const makers = new Map<string, number>();
  const frozen = (value: string) => frozenDense(graph, updated, value);

  const fold = (next: Node, value: string): boolean => {
    const at = makers.get(value);
    const node = at === undefined ? undefined : nodes[at];
    const product = node && productOf(graph, node);
    if (at === undefined || !node || product?.features === undefined || uses.get(value) !== 1) return false;
    const rank = types().get(value)?.shape.length;
    if (next.op === 'batchNorm' && node.op === 'matmul' && rank !== 2) return false;
    const affine = affineOf(next, value, product.features, rank === undefined ? undefined : product, frozen);
    const [, weightName, biasName = ''] = node.inputs;
    const weight = updated.has(weightName) ? undefined : constants.get(weightName);
    const bias = hasBias(node) ? frozenDense({ ...graph, constants }, updated, biasName) : undefined;
    if (!affine || weight?.dtype !== 'float32' || (hasBias(node) && !bias)) return false;

    const { factors, shifts } = affine;
    const moved = Float32Array.from(factors, (factor, i) => Number(bias?.data[i] ?? 0) * factor + shifts[i]);
    const inputs = [node.inputs[0]];
    const scaled = Array.from(factors).some((factor) => factor !== 1);
    inputs.push(
      scaled
        ? replaceConstant(constants, uses, weightName, scaleFeatures(weight, product.outputAxis, factors))
        : weightName,
    );
    if (bias || moved.some((offset) => offset !== 0)) {
      const constant: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [moved.length], data: moved };
      inputs.push(replaceConstant(constants, uses, biasName || `${node.name}.bias`, constant));
    }
    nodes[at] = { ...node, inputs, outputs: next.outputs };
    makers.set(next.outputs[0], at);
    return true;
  };

  graph.nodes.forEach((node, i) => {
    const sides = node.op === 'batchNorm' ? node.inputs.slice(0, 1) : affineOps.has(node.op) ? node.inputs : [];
    if (sides.some((value) => fold(node, value))) nodes[i] = undefined;
    else for (const output of node.outputs) makers.set(output, i);
  });
  return { ...graph, constants, nodes: nodes.filter((node) => node !== undefined) };
}

const affineOps = new Set(['mul', 'add', 'sub', 'div']);

/** What `next` does to the product `value`, if it is affine in it. Without `product` the place of a vector is not known. */
function affineOf(
  next: Node,
  value: string,
  features: number,
  product: Product | undefined,
  frozen: (value: string) => DenseConstant | undefined,
): Affine | undefined {
  if (next.op === 'batchNorm') return normOf(next, features, frozen);
  const [a, b] = next.inputs;
  // A constant divided by the product is not affine; a constant minus it would be, but nobody writes that.
  if (a === b || ((next.op === 'div' || next.op === 'sub') && a !== value)) return undefined;
  const constant = frozen(a === value ? b : a);
  if (!constant || !product) return undefined;
  if (!isScalar(constant.shape, product) && !runsAlong(constant.shape, product, features)) return undefined;
  const numbers = Array.from({ length: features }, (_, i) => Number(constant.data[constant.data.length === 1 ? 0 : i]));
  const [ones, zeros] = [numbers.map(() => 1), numbers.map(() => 0)];
  if (next.op === 'mul') return { factors: numbers, shifts: zeros };
  if (next.op === 'div') return numbers.includes(0) ? undefined : { factors: numbers.map((x) => 1 / x), shifts: zeros };
  return { factors: ones, shifts: next.op === 'add' ? numbers : numbers.map((x) => -x) };
}

function normOf(
  norm: Node,
  features: number,
  frozen: (value: string) => DenseConstant | undefined,
): Affine | undefined {
  const [scale, shift, mean, variance] = norm.inputs.slice(1).map(frozen);
  if (!scale || !shift || !mean || !variance) return undefined;
  // Statistics of another length are an error that inference will name: it is not for a pass to hide it.
  if ([scale, shift, mean, variance].some(({ data }) => data.length !== features)) return undefined;
  const epsilon = number(attributesOf(norm), 'epsilon');
  const factors = Float64Array.from({ length: features }, (_, i) => {
    return Number(scale.data[i]) / Math.sqrt(Number(variance.data[i]) + epsilon);
  });
  return { factors, shifts: factors.map((factor, i) => Number(shift.data[i]) - Number(mean.data[i]) * factor) };
}
