/** Normalisation by statistics: of batches, planes, groups, rows and neighbouring channels. */
import { fromDoubles } from '../../core/dtype.ts';
import { number } from '../../ops/op.ts';
import { float, int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** A scalar of the element type of `value`, which inference may not know: float then. */
function scalarLike(node: ImportNode, value: string, number: number): string {
  const dtype = node.dtype(value) ?? 'float32';
  if (dtype === 'float32') return node.number(number);
  return node.constant(`scalar(${number})`, {
    encoding: 'dense',
    dtype,
    shape: [],
    data: fromDoubles(dtype, [number]),
  });
}

/** Statistics are made in double or single precision, never below: stash_type may only ask for float. */
export function wantFloatStash(node: ImportNode): void {
  const stash = node.attributes.get('stash_type', 'int', 1);
  if (stash !== 1) node.reject(`want stash_type 1 (float), got ${stash}`);
}

const epsilonOf = (node: ImportNode, fallback = 1e-5) => node.attributes.get('epsilon', 'float', fallback);

export function importLayerNorm(node: ImportNode): void {
  wantFloatStash(node);
  const axis = node.attributes.get('axis', 'int', -1);
  node.finish('layerNorm', node.inputs.slice(0, node.hasInput(2) ? 3 : 2), { axis, epsilon: epsilonOf(node) });
}

export function importRmsNorm(node: ImportNode): void {
  wantFloatStash(node);
  const [x, scale] = node.inputs;
  const axis = node.attributes.get('axis', 'int', -1);
  const epsilon = epsilonOf(node);
  if (!node.hasOutput(1)) {
    node.finish('rmsNorm', [x, scale], { axis, epsilon });
    return;
  }
  // Its parts, because ONNX has no op to export that gives the inverse too.
  const rank = node.shape(x)?.length ?? node.reject('want x of known rank where inv_std_var is asked for');
  const from = axis < 0 ? axis + rank : axis;
  const axes = Array.from({ length: rank - from }, (_, i) => from + i);
  const square = node.emit('reduceMean', [node.emit('mul', [x, x])], { axes, keepDims: true });
  const deviation = node.emit('sqrt', [node.emit('add', [square, scalarLike(node, x, epsilon)])]);
  node.finishOne(1, 'reciprocal', [deviation]);
  node.finishOne(0, 'mul', [node.emit('mul', [x, node.outputs[1]]), scale]);
}

/** Before opset 14 the outputs behind the first mean training, whose statistics no runtime agreed on. */
function importBatchNorm(node: ImportNode): void {
  const { attributes, inputs, opset } = node;
  const epsilon = epsilonOf(node);
  const training = opset >= 14 && attributes.get('training_mode', 'int', 0) !== 0;
  const more = node.outputs.slice(training ? 3 : 1).some((output) => output !== '');
  if (more) node.reject('want one output, or three in training_mode, which came with opset 14');
  if (training)
    node.finish('batchNormTraining', inputs, { epsilon, momentum: attributes.get('momentum', 'float', 0.9) });
  else if (attributes.get('spatial', 'int', 1) === 0) importPlacewise(node, epsilon);
  else node.finish('batchNorm', inputs, { epsilon });
}

/** Statistics per place instead of per channel: everything broadcasts over the batch. */
function importPlacewise(node: ImportNode, epsilon: number): void {
  const [x, scale, bias, mean, variance] = node.inputs;
  const deviation = node.emit('sqrt', [node.emit('add', [variance, scalarLike(node, x, epsilon)])]);
  const normal = node.emit('div', [node.emit('sub', [x, mean]), deviation]);
  node.finish('add', [node.emit('mul', [normal, scale]), bias]);
}

/** x / ‖x‖ along one axis; where the norm is 0, so is the result. */
function importLpNorm(node: ImportNode): void {
  const [x] = node.inputs;
  const p = node.attributes.get('p', 'int', 2);
  if (p !== 1 && p !== 2) node.reject(`want p 1 or 2, got ${p}`);
  const settings = { axes: [node.attributes.get('axis', 'int', -1)], keepDims: true };
  const terms = p === 1 ? node.emit('abs', [x]) : node.emit('mul', [x, x]);
  const sum = node.emit('reduceSum', [terms], settings);
  const norm = p === 1 ? sum : node.emit('sqrt', [sum]);
  const [zero, one] = [0, 1].map((value) => scalarLike(node, x, value));
  node.finish('div', [x, node.emit('where', [node.emit('equal', [norm, zero]), one, norm])]);
}

/** (x - mean) / (deviation + 1e-9). */
function importMeanVariance(node: ImportNode): void {
  const [x] = node.inputs;
  const settings = { axes: node.attributes.get('axes', 'ints', [0, 2, 3]), keepDims: true };
  const centred = node.emit('sub', [x, node.emit('reduceMean', [x], settings)]);
  const variance = node.emit('reduceMean', [node.emit('mul', [centred, centred])], settings);
  node.finish('div', [centred, node.emit('add', [node.emit('sqrt', [variance]), scalarLike(node, x, 1e-9)])]);
}

function importLrn(node: ImportNode): void {
  const { attributes } = node;
  node.finish('lrn', node.inputs, {
    size: attributes.get('size', 'int'),
    alpha: attributes.get('alpha', 'float', 1e-4),
    beta: attributes.get('beta', 'float', 0.75),
    bias: attributes.get('bias', 'float', 1),
  });
}

const layerNormAttributes = { axis: 'int', epsilon: 'float', stash_type: 'int' } as const;

export const normImports: ImportRules = {
  // Below opset 17 it is onnxruntime's own, in the same domain.
  LayerNormalization: { inputs: [2, 3], outputs: 3, attributes: layerNormAttributes, run: importLayerNorm },
  SimplifiedLayerNormalization: { inputs: [2, 2], outputs: 2, attributes: layerNormAttributes, run: importRmsNorm },
  RMSNormalization: { inputs: [2, 2], attributes: layerNormAttributes, run: importRmsNorm },
  BatchNormalization: {
    inputs: [5, 5],
    outputs: 5,
    attributes: {
      ...{ epsilon: 'float', momentum: 'float', training_mode: 'int', spatial: 'int' },
      // Before opset 7; outputs tell training, and consumed_inputs was a hint about memory.
      ...{ is_test: 'int', consumed_inputs: 'ints' },
    },
    run: importBatchNorm,
  },
  InstanceNormalization: {
    inputs: [3, 3],
    attributes: { epsilon: 'float', consumed_inputs: 'ints' },
    run: (node) => node.finish('instanceNorm', node.inputs, { epsilon: epsilonOf(node) }),
  },
  GroupNormalization: {
    since: 18,
    inputs: [3, 3],
    attributes: { epsilon: 'float', num_groups: 'int', stash_type: 'int' },
    run(node) {
      wantFloatStash(node);
      node.finish('groupNorm', node.inputs, {
        groups: node.attributes.get('num_groups', 'int'),
        epsilon: epsilonOf(node),
      });
    },
  },
  LRN: {
    inputs: [1, 1],
    attributes: { size: 'int', alpha: 'float', beta: 'float', bias: 'float' },
    run: importLrn,
  },
  LpNormalization: { inputs: [1, 1], attributes: { axis: 'int', p: 'int' }, run: importLpNorm },
  MeanVarianceNormalization: { since: 9, inputs: [1, 1], attributes: { axes: 'ints' }, run: importMeanVariance },
};

const epsilonDraft = (node: ExportNode) => ({ epsilon: float(number(node.attributes, 'epsilon')) });

function exportBatchNormTraining(node: ExportNode): void {
  if (node.hasOutput(3) || node.hasOutput(4)) node.reject('ONNX does not give the statistics of the batch');
  node.finish('BatchNormalization', node.inputs, {
    ...epsilonDraft(node),
    momentum: float(number(node.attributes, 'momentum')),
    training_mode: int(1),
  });
}

/** Opset 17 has none: groups as channels of an instance normalisation, then scale and bias. */
function exportGroupNorm(node: ExportNode): void {
  const [x, scale, bias] = node.inputs;
  const [groups, dtype] = [number(node.attributes, 'groups'), node.dtype(x)];
  const rank = node.shape(x).length;
  const [scales, channels] = [node.shape(scale)[0], node.shape(x)[1]];
  const fill = (value: number) => node.emit('Expand', [node.scalar(value, dtype), node.integers('groups', [groups])]);
  const whole = node.emit('Reshape', [x, node.integers('grouped', [0, groups, -1])]);
  const shape = node.emit('Shape', [x]);
  if (scales !== channels) {
    node.finish('Reshape', [node.emit('InstanceNormalization', [whole, scale, bias], epsilonDraft(node)), shape]);
    return;
  }
  const normal = node.emit('InstanceNormalization', [whole, fill(1), fill(0)], epsilonDraft(node));
  const ones = new Array<number>(rank - 2).fill(1);
  const spread = (value: string) =>
    rank === 2 ? value : node.emit('Reshape', [value, node.integers('perChannel', [-1, ...ones])]);
  const scaled = node.emit('Mul', [node.emit('Reshape', [normal, shape]), spread(scale)]);
  node.finish('Add', [scaled, spread(bias)]);
}

/** Opset 17 has none: x · 1 / √(mean of x² + epsilon) · scale. */
function exportRmsNorm(node: ExportNode): void {
  if (node.hasOutput(1)) node.reject('want one output: ONNX gives no invStd');
  const [x, scale] = node.inputs;
  const rank = node.shape(x).length;
  const axis = number(node.attributes, 'axis');
  const from = axis < 0 ? axis + rank : axis;
  const axes = Array.from({ length: rank - from }, (_, i) => from + i);
  const square = node.emit('ReduceMean', [node.emit('Mul', [x, x])], { axes: ints(axes), keepdims: int(1) });
  const epsilon = node.scalar(number(node.attributes, 'epsilon'), node.dtype(x));
  const deviation = node.emit('Sqrt', [node.emit('Add', [square, epsilon])]);
  node.finish('Mul', [node.emit('Div', [x, deviation]), scale]);
}

export const normExports: ExportRules = {
  layerNorm: (node) =>
    node.finish('LayerNormalization', node.inputs, {
      axis: int(number(node.attributes, 'axis')),
      ...epsilonDraft(node),
    }),
  batchNorm: (node) => node.finish('BatchNormalization', node.inputs, epsilonDraft(node)),
  batchNormTraining: exportBatchNormTraining,
  instanceNorm: (node) => node.finish('InstanceNormalization', node.inputs, epsilonDraft(node)),
  groupNorm: exportGroupNorm,
  rmsNorm: exportRmsNorm,
  lrn: (node) =>
    node.finish('LRN', node.inputs, {
      size: int(number(node.attributes, 'size')),
      alpha: float(number(node.attributes, 'alpha')),
      beta: float(number(node.attributes, 'beta')),
      bias: float(number(node.attributes, 'bias')),
    }),
};
