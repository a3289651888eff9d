/** LSTM, GRU and RNN. */
import { boolean, number, numbers, string } from '../../ops/op.ts';
import { flag, float, floats, int, ints, text, texts } from '../attributes.ts';
import type { ExportNode, ExportRules, OnnxAttributeDrafts } from '../export-rule.ts';
import type { AttributeDraft, ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

const shared = {
  activation_alpha: 'floats',
  activation_beta: 'floats',
  activations: 'strings',
  clip: 'float',
  direction: 'string',
  hidden_size: 'int',
  layout: 'int',
} as const;

function recurrent(
  op: string,
  inputs: number,
  outputs: number,
  own: readonly [onnx: string, ours: string] | undefined,
): ImportRule {
  return {
    inputs: [3, inputs],
    optional: true,
    outputs,
    attributes: own ? { ...shared, [own[0]]: 'int' } : shared,
    run(node) {
      const { attributes } = node;
      checkHidden(node);
      const layout = attributes.get('layout', 'int', 0);
      if (layout !== 0 && layout !== 1) node.reject(`want layout 0 or 1, got ${layout}`);
      const settings: Record<string, AttributeDraft> = {
        direction: attributes.get('direction', 'string', 'forward'),
        activations: attributes.get('activations', 'strings', []).join(','),
        activationAlpha: attributes.get('activation_alpha', 'floats', []),
        activationBeta: attributes.get('activation_beta', 'floats', []),
        batchFirst: layout === 1,
      };
      // A clip of 0 is none, as in onnxruntime.
      const clip = attributes.get('clip', 'float', 0);
      if (clip < 0) node.reject(`want a clip >= 0, got ${clip}`);
      if (clip > 0) settings.clip = clip;
      if (own) settings[own[1]] = attributes.get(own[0], 'int', 0) !== 0;
      node.finish(op, node.inputs, settings);
    },
  };
}

/** hidden_size only repeats what the weights say. */
function checkHidden(node: ImportNode): void {
  const hidden = node.shape(node.inputs[2])?.at(-1);
  const told = node.attributes.get('hidden_size', 'int', hidden ?? 0);
  if (hidden !== undefined && told !== hidden)
    node.reject(`want hidden_size ${hidden}, as its weights have, got ${told}`);
}

export const recurrentImports: ImportRules = {
  LSTM: recurrent('lstm', 8, 3, ['input_forget', 'inputForget']),
  GRU: recurrent('gru', 6, 2, ['linear_before_reset', 'linearBeforeReset']),
  RNN: recurrent('rnn', 6, 2, undefined),
};

function exportRecurrent(opType: string, own?: readonly [onnx: string, ours: string]) {
  return (node: ExportNode) => {
    const { attributes } = node;
    const hidden = node.shape(node.inputs[2])[2];
    if (typeof hidden !== 'number')
      return node.reject(`weights of open extents: ${opType} has hidden_size as a number`);
    const activations = string(attributes, 'activations');
    const list = (onnx: string, ours: string) => {
      const values = numbers(attributes, ours);
      return values.length > 0 ? { [onnx]: floats(values) } : {};
    };
    const clip = number(attributes, 'clip');
    const settings = {
      hidden_size: int(hidden),
      direction: text(string(attributes, 'direction')),
      ...(activations !== '' && { activations: texts(activations.split(',')) }),
      ...list('activation_alpha', 'activationAlpha'),
      ...list('activation_beta', 'activationBeta'),
      ...(Number.isFinite(clip) && { clip: float(clip) }),
      ...(own && boolean(attributes, own[1]) && { [own[0]]: flag(true) }),
    };
    if (boolean(attributes, 'batchFirst')) exportBatchFirst(node, opType, settings);
    else node.finish(opType, node.inputs, settings);
  };
}

/** Transposed, for onnxruntime has no layout 1. */
function exportBatchFirst(node: ExportNode, opType: string, settings: OnnxAttributeDrafts): void {
  const swap = { perm: ints([1, 0, 2]) };
  const swapped = new Set([0, 5, 6]);
  const inputs = node.inputs.map((input, i) =>
    input !== '' && swapped.has(i) ? node.emit('Transpose', [input], swap) : input,
  );
  const made = node.emitMany(opType, inputs, opType === 'LSTM' ? 3 : 2, settings);
  made.forEach((value, i) => {
    if (node.hasOutput(i)) node.finishOne(i, 'Transpose', [value], i === 0 ? { perm: ints([2, 0, 1, 3]) } : swap);
  });
}

export const recurrentExports: ExportRules = {
  lstm: exportRecurrent('LSTM', ['input_forget', 'inputForget']),
  gru: exportRecurrent('GRU', ['linear_before_reset', 'linearBeforeReset']),
  rnn: exportRecurrent('RNN'),
};
