import type { DenseConstant } from '../formats/constant.ts';
import { valuesOf, withValues } from '../formats/table.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { numbers, string } from '../ops/op.ts';
import { hasBias, productOf } from './epilogue.ts';
import { featureSums } from './features.ts';
import { frozenDense, replaceConstant, updatedConstants, usesOf } from './rewrite.ts';
import { spellingOf } from './spelling.ts';

/**
 * Works a factor and a shift, one number each, that precede a conv2d or a matmul into its weight and bias:
 *
 *     W (s x + b) = (s W) x + b · Σ W per output feature
 *
 * A shift cannot be moved across the zeros that a convolution pads with, but a factor before it can:
 *
 *     W (s x + b) = (s W) (x + b / s)
 *
 * The same needs as foldAffine.
 */
export function foldScalars(graph: Graph): Graph {
  const updated = updatedConstants(graph);
  const uses = usesOf(graph);
  const { maker, scalar } = spellingOf(graph);
  const constants = new Map(graph.constants);
  // Shifts whose factor has been moved past them.
  const shifted = new Map<Node, Node>();

  const fold = (node: Node): Node => {
    const product = productOf(graph, node);
    const [x, weightName, biasName = ''] = node.inputs;
    const before = product && uses.get(x) === 1 ? maker(x) : undefined;
    if (!product || (before?.op !== 'mul' && before?.op !== 'add') || before.inputs[0] === before.inputs[1])
      return node;
    const side = before.inputs.findIndex((input) => scalar(input, x) !== undefined);
    const weight = updated.has(weightName) ? undefined : constants.get(weightName);
    const bias = hasBias(node) ? frozenDense({ ...graph, constants }, updated, biasName) : undefined;
    const features = product.features;
    if (side < 0 || weight?.dtype !== 'float32' || features === undefined || (hasBias(node) && !bias)) return node;
    const amount = scalar(before.inputs[side], x) as number;
    const rest = before.inputs[1 - side];
    if (before.op === 'mul') {
      const scaled = withValues(weight, multiplied(valuesOf(weight) as Float32Array, amount));
      return fold({
        ...node,
        inputs: [rest, replaceConstant(constants, uses, weightName, scaled), ...node.inputs.slice(2)],
      });
    }
    if (pads(node)) {
      const factor = factorBefore(rest, x);
      if (factor === undefined || shifted.has(before)) return node;
      const scaled = withValues(weight, multiplied(valuesOf(weight) as Float32Array, factor.amount));
      const data = Float32Array.of(amount / factor.amount);
      const shift = replaceConstant(constants, uses, `${before.name}.shift`, {
        ...{ encoding: 'dense', dtype: 'float32', shape: [1], data },
      });
      shifted.set(before, { ...before, inputs: [factor.x, shift] });
      return { ...node, inputs: [x, replaceConstant(constants, uses, weightName, scaled), ...node.inputs.slice(2)] };
    }
    const sums = featureSums(weight, product.outputAxis, features);
    const data = Float32Array.from(sums, (sum, i) => Number(bias?.data[i] ?? 0) + amount * sum);
    const moved: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [features], data };
    const inputs = [rest, weightName, replaceConstant(constants, uses, biasName || `${node.name}.bias`, moved)];
    return fold({ ...node, inputs });
  };

  /** The number by which something is multiplied to make `value`, where the two can change places with a shift. */
  const factorBefore = (value: string, x: string): { readonly x: string; readonly amount: number } | undefined => {
    const product = uses.get(value) === 1 ? maker(value) : undefined;
    if (product?.op !== 'mul' || product.inputs[0] === product.inputs[1]) return undefined;
    const side = product.inputs.findIndex((input) => scalar(input, x) !== undefined);
    const amount = side < 0 ? undefined : scalar(product.inputs[side], x);
    // A tiny factor would make the shift that it divides large, and what is added to it vanish.
    if (amount === undefined || !(Math.abs(amount) > SMALLEST_FACTOR)) return undefined;
    return { x: product.inputs[1 - side], amount };
  };

  const folded = graph.nodes.map(fold);
  const nodes = shifted.size === 0 ? folded : folded.map((node) => shifted.get(node) ?? node);
  return { ...graph, constants, nodes };
}

const SMALLEST_FACTOR = 1e-3;

function multiplied(values: Float32Array, factor: number): Float32Array {
  const products = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) products[i] = values[i] * factor;
  return products;
}

function pads(node: Node): boolean {
  // At the rim of a transposed convolution fewer taps add up.
  if (node.op === 'convTranspose') return true;
  if (node.op !== 'conv2d') return false;
  const attributes = attributesOf(node);
  return string(attributes, 'autoPad') !== 'none' || numbers(attributes, 'pads').some((extent) => extent !== 0);
}
