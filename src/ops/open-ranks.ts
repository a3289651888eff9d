/** The rank of a node's outputs where their extents follow only from a run: what some exports need to know. */
import { isInputRef } from '../core/attributes.ts';
import type { Dim } from '../core/shape.ts';
import type { Node } from '../graph/graph.ts';

interface Shaped {
  readonly shape?: readonly Dim[];
}

/** Ops that give outputs the rank of their first input, whatever the numbers. */
const same = new Set(
  [
    [
      'pad',
      'slice',
      'split',
      'tile',
      'resize',
      'concat',
      'topK',
      'centerCropPad',
      'cumSum',
      'trilu',
      'reverseSequence',
    ],
    ['softmax', 'logSoftmax', 'hardmax', 'layerNorm', 'batchNorm', 'instanceNorm', 'groupNorm', 'rmsNorm', 'lrn'],
    ['conv2d', 'conv3d', 'convTranspose', 'maxPool', 'avgPool', 'lpPool', 'globalAvgPool', 'globalMaxPool'],
    [
      'transpose',
      'cast',
      'castLike',
      'clip',
      'dropout',
      'depthToSpace',
      'spaceToDepth',
      'scatterElements',
      'scatterND',
    ],
    ['quantizeLinear', 'dequantizeLinear'],
  ].flat(),
);

/** Ops that broadcast their operands, or have one alone. */
const broadcasting = new Set(
  [
    ['add', 'sub', 'mul', 'div', 'pow', 'mod', 'max', 'min', 'where', 'equal', 'less', 'greater', 'lessOrEqual'],
    ['greaterOrEqual', 'and', 'or', 'xor', 'not', 'neg', 'exp', 'log', 'sqrt', 'erf', 'abs', 'reciprocal', 'sign'],
    ['relu', 'leakyRelu', 'gelu', 'sigmoid', 'tanh', 'hardSwish', 'hardSigmoid', 'elu', 'prelu', 'softplus'],
    ['ceil', 'floor', 'round', 'isNaN', 'isInf', 'sin', 'cos'],
  ].flat(),
);

/** undefined where it cannot be told. */
export function openRank(node: Node, inputs: readonly (Shaped | undefined)[]): number | undefined {
  if (same.has(node.op)) return inputs[0]?.shape?.length;
  if (broadcasting.has(node.op)) return largest(node.inputs.map((_, i) => inputs[i]?.shape?.length));
  switch (node.op) {
    case 'nonZero':
      return 2;
    case 'nonMaxSuppression':
      return 2;
    case 'range':
      return 1;
    case 'reshape':
      return extentsOf(node, 'shape', inputs);
    case 'expand':
      return largest([inputs[0]?.shape?.length, extentsOf(node, 'shape', inputs)]);
    default:
      return undefined;
  }
}

/** How many numbers a list attribute has. */
function extentsOf(node: Node, name: string, inputs: readonly (Shaped | undefined)[]): number | undefined {
  const list = node.attributes[name];
  if (!isInputRef(list)) return Array.isArray(list) ? list.length : undefined;
  const shape = inputs[list.input]?.shape;
  const [length] = shape ?? [];
  return shape?.length === 1 && typeof length === 'number' ? length : undefined;
}

function largest(ranks: readonly (number | undefined)[]): number | undefined {
  const known = ranks.filter((rank) => rank !== undefined);
  return known.length === ranks.length && known.length > 0 ? Math.max(...known) : undefined;
}
