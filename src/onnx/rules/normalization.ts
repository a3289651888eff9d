/** Softmax, and normalisation over axes or batches. */
import { number } from '../../ops/op.ts';
import { float, int } from '../attributes.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

/** Before opset 13 everything from `axis` on was one row; from then on `axis` alone is. */
function softmax(op: 'softmax' | 'logSoftmax' | 'hardmax'): ImportRule {
  return {
    inputs: [1, 1],
    attributes: { axis: 'int' },
    run(node) {
      const [x] = node.inputs;
      const axis = node.attributes.get('axis', 'int', node.opset < 13 ? 1 : -1);
      if (node.opset >= 13 || axis === -1 || axis + 1 === node.shape(x)?.length) return node.finish(op, [x], { axis });
      const rows = node.emit('flatten', [x], { axis });
      node.finish('reshapeLike', [node.emit(op, [rows], { axis: -1 }), x]);
    },
  };
}

function importLayerNorm(node: ImportNode): void {
  const { attributes, inputs } = node;
  if (attributes.get('stash_type', 'int', 1) !== 1) node.reject('want stash_type 1 (float), got another');
  const axis = attributes.get('axis', 'int', -1);
  const epsilon = attributes.get('epsilon', 'float', 1e-5);
  node.finish('layerNorm', node.hasInput(2) ? inputs : inputs.slice(0, 2), { axis, epsilon });
}

/** Statistics of the batch, and their outputs, are training; only the frozen form is read. */
function importBatchNorm(node: ImportNode): void {
  const { attributes } = node;
  if (attributes.get('training_mode', 'int', 0) !== 0) node.reject('want training_mode 0, got 1');
  if (attributes.get('spatial', 'int', 1) !== 1) node.reject('want spatial 1, got 0');
  if (node.outputs.slice(1).some((output) => output !== '')) node.reject('only its first output is supported');
  node.finish('batchNorm', node.inputs, { epsilon: attributes.get('epsilon', 'float', 1e-5) });
}

export const normalizationImports: ImportRules = {
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('logSoftmax'),
  Hardmax: softmax('hardmax'),
  LayerNormalization: {
    since: 17,
    inputs: [2, 3],
    outputs: 3,
    attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
    run: importLayerNorm,
  },
  BatchNormalization: {
    inputs: [5, 5],
    outputs: 5,
    // momentum only matters to training_mode, which is refused.
    attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int', spatial: 'int' },
    run: importBatchNorm,
  },
};

export const normalizationExports: ExportRules = {
  softmax: (node) => node.finish('Softmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  hardmax: (node) => node.finish('Hardmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  logSoftmax: (node) => node.finish('LogSoftmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  layerNorm: (node) =>
    node.finish('LayerNormalization', node.inputs, {
      axis: int(number(node.attributes, 'axis')),
      epsilon: float(number(node.attributes, 'epsilon')),
    }),
  batchNorm: (node) =>
    node.finish('BatchNormalization', node.inputs, { epsilon: float(number(node.attributes, 'epsilon')) }),
};
