/** Normalisations that onnxruntime's optimizer writes, in the domain com.microsoft. */
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';
import { importLayerNorm, importRmsNorm } from './norm.ts';

const layerNormAttributes = { axis: 'int', epsilon: 'float', stash_type: 'int' } as const;

/** layerNorm or rmsNorm of input + skip + bias over the last axis; output 3 is that sum. */
function skipNorm(op: 'layerNorm' | 'rmsNorm'): ImportRule {
  const biasAt = op === 'layerNorm' ? 4 : 3;
  return {
    inputs: [3, biasAt + 1],
    outputs: 4,
    attributes: { epsilon: 'float' },
    run(node) {
      const [input, skip, gamma] = node.inputs;
      const settings = { axis: -1, epsilon: node.attributes.get('epsilon', 'float', 1e-12) };
      const scales = op === 'layerNorm' && node.hasInput(3) ? [gamma, node.inputs[3]] : [gamma];
      const parts = node.hasInput(biasAt) ? [node.emit('add', [input, skip]), node.inputs[biasAt]] : [input, skip];
      if (!node.hasOutput(3)) {
        node.finish(op, [node.emit('add', parts), ...scales], settings);
        return;
      }
      if (node.hasOutput(1) || node.hasOutput(2)) node.reject('want no mean or inv_std_var beside the sum');
      node.finishOne(3, 'add', parts);
      node.finishOne(0, op, [node.outputs[3], ...scales], settings);
    },
  };
}

/** The first rows of the table of positions, as many as there are tokens. */
function positions(node: ImportNode): string {
  const [ids, , , table] = node.inputs;
  if (node.hasInput(8)) return node.emit('gather', [table, node.inputs[8]], { axis: 0 });
  const tokens = node.shape(ids)?.[1];
  const ends = tokens === undefined ? { value: node.emit('shape', [ids], { start: 1, end: 2 }) } : [tokens];
  return node.emit('slice', [table], { starts: [0], ends, axes: [0], steps: [1] });
}

/** layerNorm of the embeddings of words, positions and perhaps segments; output 1 counts the ones of the mask. */
function importEmbedding(node: ImportNode): void {
  const [ids, segments, words, , segmentTable, gamma, beta, mask] = node.inputs;
  const settings = { axis: -1, epsilon: node.attributes.get('epsilon', 'float', 1e-12) };
  const required = { word_embedding: 2, position_embedding: 3, gamma: 5, beta: 6 };
  for (const [name, at] of Object.entries(required)) if (!node.hasInput(at)) node.reject(`want ${name}, got none`);
  const parts = [node.emit('gather', [words, ids], { axis: 0 }), positions(node)];
  if (node.hasInput(1) !== node.hasInput(4)) node.reject('want both segment_ids and segment_embedding, or neither');
  if (node.hasInput(1)) parts.push(node.emit('gather', [segmentTable, segments], { axis: 0 }));
  const last = parts.pop() ?? '';
  const both = [parts.reduce((sum, part) => node.emit('add', [sum, part])), last];
  if (node.hasOutput(2)) node.finishOne(2, 'add', both);
  node.finishOne(0, 'layerNorm', [node.hasOutput(2) ? node.outputs[2] : node.emit('add', both), gamma, beta], settings);
  if (!node.hasOutput(1)) return;
  if (!node.hasInput(7)) node.reject('want a mask for the output mask_index');
  const one = node.constant('one', { encoding: 'dense', dtype: 'int32', shape: [], data: Int32Array.of(1) });
  const ones = node.emit('cast', [node.emit('equal', [mask, one])], { to: 'int32' });
  node.finishOne(1, 'reduceSum', [ones], { axes: [1], keepDims: false });
}

export const microsoftNormImports: ImportRules = {
  LayerNormalization: { inputs: [2, 3], outputs: 3, attributes: layerNormAttributes, run: importLayerNorm },
  SimplifiedLayerNormalization: { inputs: [2, 2], outputs: 2, attributes: layerNormAttributes, run: importRmsNorm },
  SkipLayerNormalization: skipNorm('layerNorm'),
  SkipSimplifiedLayerNormalization: skipNorm('rmsNorm'),
  EmbedLayerNormalization: {
    // Optional ones stand among them.
    inputs: [1, 9],
    outputs: 3,
    attributes: { epsilon: 'float', mask_index_type: 'int' },
    run: importEmbedding,
  },
};
