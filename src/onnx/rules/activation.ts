/** Activations, and the fused ones of onnxruntime. */
import { type DType, isInteger } from '../../core/dtype.ts';
import { number } from '../../ops/op.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';
import { type SameRows, sameExports, sameImports, standingAt } from './same.ts';

const same: SameRows = {
  relu: { onnx: 'Relu', inputs: 1 },
  sigmoid: { onnx: 'Sigmoid', inputs: 1 },
  tanh: { onnx: 'Tanh', inputs: 1 },
  softplus: { onnx: 'Softplus', since: 1, inputs: 1 },
  softsign: { onnx: 'Softsign', since: 1, inputs: 1 },
  hardSwish: { onnx: 'HardSwish', since: 14, inputs: 1 },
  leakyRelu: { onnx: 'LeakyRelu', inputs: 1, floats: { alpha: ['alpha', 0.01] } },
  elu: { onnx: 'Elu', inputs: 1, floats: { alpha: ['alpha', 1] } },
  celu: { onnx: 'Celu', since: 12, inputs: 1, floats: { alpha: ['alpha', 1] } },
  selu: {
    onnx: 'Selu',
    inputs: 1,
    floats: { alpha: ['alpha', 1.6732632423543772], gamma: ['gamma', 1.0507009873554805] },
  },
  hardSigmoid: { onnx: 'HardSigmoid', inputs: 1, floats: { alpha: ['alpha', 0.2], beta: ['beta', 0.5] } },
  thresholdedRelu: { onnx: 'ThresholdedRelu', since: 10, inputs: 1, floats: { alpha: ['alpha', 1] } },
  shrink: { onnx: 'Shrink', since: 9, inputs: 1, floats: { bias: ['bias', 0], threshold: ['lambd', 0.5] } },
};

/**
 * Bounds are attributes before opset 11, then inputs. An absent one is infinite: ONNX says the greatest finite number, which
 * differs for infinities alone. Bounds that are computed are compared with.
 */
function importClip(node: ImportNode) {
  const { attributes, opset, inputs } = node;
  if (opset >= 11)
    for (const name of ['min', 'max'])
      if (attributes.has(name)) node.reject(`want ${name} as an input from opset 11 on, got an attribute`);
  if (opset < 11 && inputs.length > 1) node.reject('want min and max as attributes before opset 11, got inputs');
  const computed = (index: number) => node.hasInput(index) && !node.constantOf(inputs[index]);
  const bound = (index: number, name: 'min' | 'max', infinite: number) => {
    if (opset < 11) return attributes.get(name, 'float', infinite);
    return node.hasInput(index) && !computed(index) ? node.scalar(index, name) : infinite;
  };
  const min = bound(1, 'min', Number.NEGATIVE_INFINITY);
  const max = bound(2, 'max', Number.POSITIVE_INFINITY);
  if (!computed(1) && !computed(2)) return node.finish('clip', [inputs[0]], { min, max });
  const raised = computed(1) ? node.emit('max', [inputs[0], inputs[1]]) : node.emit('clip', [inputs[0]], { min });
  if (computed(2)) node.finish('min', [raised, inputs[2]]);
  else node.finish('clip', [raised], { max });
}

function importGelu(node: ImportNode): void {
  const approximate = node.attributes.get('approximate', 'string', 'none');
  if (approximate !== 'none' && approximate !== 'tanh')
    node.reject(`want approximate among none, tanh, got ${approximate}`);
  node.finish('gelu', node.inputs, { approximate });
}

/** Before opset 7 a slope of one axis stood under the channels. */
function importPrelu(node: ImportNode): void {
  const [x, slope] = node.inputs;
  const channels = node.opset < 7 && node.shape(slope)?.length === 1 && node.shape(slope)?.[0] !== 1;
  node.finish('prelu', [x, channels ? standingAt(node, 1) : slope]);
}

/** x and a bias that may be absent. */
function biasedGelu(approximate: 'none' | 'tanh', least: number): ImportRule {
  return {
    inputs: [least, 2],
    run(node) {
      const [x, bias] = node.inputs;
      node.finish('gelu', [node.hasInput(1) ? node.emit('add', [x, bias]) : x], { approximate });
    },
  };
}

export const activationImports: ImportRules = {
  ...sameImports(same),
  PRelu: { inputs: [2, 2], run: importPrelu },
  Mish: { since: 18, inputs: [1, 1], run: (node) => node.finish('mish', node.inputs) },
  Clip: { inputs: [1, 3], attributes: { min: 'float', max: 'float' }, run: importClip },
  Gelu: { since: 20, inputs: [1, 1], attributes: { approximate: 'string' }, run: importGelu },
};

/** Contributed by onnxruntime's domain com.microsoft. */
export const microsoftActivationImports: ImportRules = {
  Gelu: { inputs: [1, 1], run: (node) => node.finish('gelu', node.inputs, { approximate: 'none' }) },
  FastGelu: biasedGelu('tanh', 1),
  BiasGelu: biasedGelu('none', 2),
  QuickGelu: {
    inputs: [1, 1],
    attributes: { alpha: 'float' },
    run: (node) => node.finish('swish', node.inputs, { alpha: node.attributes.get('alpha', 'float', 1.702) }),
  },
};

/**
 * Bounds of a Clip node as inputs. To ONNX an absent bound is the greatest finite number, so infinite ones are written out;
 * integers have none, and there an absent bound is the same, as is one that no number of theirs reaches.
 */
export function clipBounds(node: ExportNode, min: number, max: number, dtype: DType): string[] {
  const open = (bound: number) => isInteger(dtype) && Math.abs(bound) >= 2 ** 63;
  return [min, max].map((bound) => (open(bound) ? '' : node.scalar(bound, dtype)));
}

function exportClip(node: ExportNode): void {
  const [x] = node.inputs;
  const bounds = clipBounds(node, number(node.attributes, 'min'), number(node.attributes, 'max'), node.dtype(x));
  node.finish('Clip', [x, ...bounds]);
}

/** Opset 17 has no Gelu: x/2 * (1 + erf(x / sqrt 2)), or x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). */
function exportGelu(node: ExportNode): void {
  const [x] = node.inputs;
  const constant = (value: number) => node.scalar(value, node.dtype(x));
  let curve: string;
  if (node.attributes.approximate === 'tanh') {
    const square = node.emit('Mul', [x, x]);
    const cubic = node.emit('Mul', [node.emit('Mul', [square, x]), constant(0.044715)]);
    const scaled = node.emit('Mul', [node.emit('Add', [x, cubic]), constant(Math.sqrt(2 / Math.PI))]);
    curve = node.emit('Tanh', [scaled]);
  } else {
    curve = node.emit('Erf', [node.emit('Div', [x, constant(Math.SQRT2)])]);
  }
  const doubled = node.emit('Mul', [x, node.emit('Add', [curve, constant(1)])]);
  node.finish('Mul', [doubled, constant(0.5)]);
}

function exportSwish(node: ExportNode): void {
  const [x] = node.inputs;
  const alpha = number(node.attributes, 'alpha');
  const scaled = alpha === 1 ? x : node.emit('Mul', [x, node.scalar(alpha, node.dtype(x))]);
  node.finish('Mul', [x, node.emit('Sigmoid', [scaled])]);
}

export const activationExports: ExportRules = {
  ...sameExports(same),
  prelu: (node) => node.finish('PRelu', node.inputs),
  clip: exportClip,
  gelu: exportGelu,
  swish: exportSwish,
  mish: ({ inputs: [x], emit, finish }) => finish('Mul', [x, emit('Tanh', [emit('Softplus', [x])])]),
};
