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
 * A shift cannot be moved across the zeros that a convolution pads with. The same needs as foldAffine.
 */
export function foldScalars(graph: Graph): Graph {
  const updated = updatedConstants(graph);
  const uses = usesOf(graph);
  const { maker, scalar } = spellingOf(graph);
  const constants = new Map(graph.constants);

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
    if (pads(node)) return node;
    const sums = featureSums(weight, product.outputAxis, features);
    const data = Float32Array.from(sums, (sum, i) => Number(bias?.data[i] ?? 0) + amount * sum);
    const moved: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [features], data };
    const inputs = [rest, weightName, replaceConstant(constants, uses, biasName || `${node.name}.bias`, moved)];
    return fold({ ...node, inputs });
  };

  const nodes = graph.nodes.map(fold);
  return { ...graph, constants, nodes };
}

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
