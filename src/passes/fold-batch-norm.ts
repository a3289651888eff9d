import type { Constant, DenseConstant } from '../formats/constant.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import { valuesOf, withValues } from '../formats/table.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number } from '../ops/op.ts';
import { hasBias, productOf } from './epilogue.ts';
import { frozenDense, replaceConstant, updatedConstants, usesOf } from './rewrite.ts';
import { symbolicTypes } from './symbolic.ts';

/**
 * Works inference batchNorm into the conv2d or matmul before it:
 *
 *     f = scale / sqrt(variance + epsilon)
 *     weight' = weight * f per output feature,   bias' = (bias - mean) * f + batchNorm's bias
 *
 * A sparse weight keeps its encoding and pattern. Needs constants that no update touches, and a product that nobody else
 * reads. A matmul must be of rank 2: batchNorm's channel axis is axis 1.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const updated = updatedConstants(graph);
  const uses = usesOf(graph);
  const types = graph.nodes.some(({ op }) => op === 'batchNorm') ? symbolicTypes(graph) : new Map();
  const constants = new Map(graph.constants);
  const nodes: (Node | undefined)[] = [...graph.nodes];
  const makers = new Map<string, number>();

  const fold = (norm: Node): boolean => {
    const at = makers.get(norm.inputs[0]);
    const node = at === undefined ? undefined : nodes[at];
    const product = node && productOf(graph, node);
    if (at === undefined || !node || !product || uses.get(norm.inputs[0]) !== 1) return false;
    if (node.op === 'matmul' && types.get(norm.inputs[0])?.shape.length !== 2) return false;
    const [scale, shift, mean, variance] = norm.inputs.slice(1).map((input) => frozenDense(graph, updated, input));
    const [, weightName, biasName = ''] = node.inputs;
    const weight = updated.has(weightName) ? undefined : constants.get(weightName);
    const bias = hasBias(node) ? frozenDense(graph, updated, biasName) : undefined;
    if (!scale || !shift || !mean || !variance || weight?.dtype !== 'float32' || (hasBias(node) && !bias)) return false;

    // Statistics of another length are an error that inference will name: it is not for a pass to hide it.
    if ([scale, shift, mean, variance].some(({ data }) => data.length !== product.features)) return false;

    const epsilon = number(attributesOf(norm), 'epsilon');
    const factors = Float64Array.from(
      scale.data as Float32Array,
      (s, i) => s / Math.sqrt(Number(variance.data[i]) + epsilon),
    );
    const offsets = Float32Array.from(factors, (factor, i) => {
      const before = bias ? Number(bias.data[i]) : 0;
      return (before - Number(mean.data[i])) * factor + Number(shift.data[i]);
    });
    const moved: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [offsets.length], data: offsets };
    const inputs = [
      node.inputs[0],
      replaceConstant(constants, uses, weightName, scaleFeatures(weight, product.outputAxis, factors)),
      replaceConstant(constants, uses, biasName || `${node.name}.bias`, moved),
    ];
    nodes[at] = { ...node, inputs, outputs: norm.outputs };
    makers.set(norm.outputs[0], at);
    return true;
  };

  graph.nodes.forEach((node, i) => {
    if (node.op === 'batchNorm' && fold(node)) nodes[i] = undefined;
    else for (const output of node.outputs) makers.set(output, i);
  });
  return { ...graph, constants, nodes: nodes.filter((node) => node !== undefined) };
}

/** Multiplies every stored value by the factor of its output feature. `axis` counts from the back. */
function scaleFeatures(weight: Constant, axis: number, factors: Float64Array): Constant {
  const { shape } = weight;
  const stride = shape.slice(shape.length + axis + 1).reduce((product, extent) => product * extent, 1);
  const features = shape.at(axis) ?? 1;
  const positions = storedPositions(weight);
  const scaled = (valuesOf(weight) as Float32Array).map((value, i) => {
    return positions[i] === STICK_OUT ? 0 : value * factors[Math.floor(positions[i] / stride) % features];
  });
  return withValues(weight, scaled);
}
