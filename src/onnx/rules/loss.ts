/** NegativeLogLikelihoodLoss, and SoftmaxCrossEntropyLoss as a logSoftmax before it. */
import { number, string } from '../../ops/op.ts';
import { int, text } from '../attributes.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

function settings({ attributes, reject }: ImportNode) {
  const reduction = attributes.get('reduction', 'string', 'mean');
  if (!['none', 'sum', 'mean'].includes(reduction)) reject(`want reduction among none, sum, mean, got ${reduction}`);
  return {
    reduction,
    ...(attributes.has('ignore_index') && { ignoreIndex: attributes.get('ignore_index', 'int') }),
  };
}

/** The logarithms of probabilities may be an output too. */
function importSoftmaxLoss(node: ImportNode): void {
  const [scores, ...others] = node.inputs;
  const log = [[scores], { axis: 1 }] as const;
  if (node.hasOutput(1)) node.finishOne(1, 'logSoftmax', ...log);
  const made = node.hasOutput(1) ? node.outputs[1] : node.emit('logSoftmax', ...log);
  if (node.hasOutput(0)) node.finishOne(0, 'nllLoss', [made, ...others], settings(node));
}

const loss = { inputs: [2, 3], attributes: { reduction: 'string', ignore_index: 'int' } } as const;

export const lossImports: ImportRules = {
  NegativeLogLikelihoodLoss: {
    ...loss,
    since: 12,
    run: (node) => node.finish('nllLoss', node.inputs, settings(node)),
  },
  SoftmaxCrossEntropyLoss: { ...loss, since: 12, outputs: 2, run: importSoftmaxLoss },
};

export const lossExports: ExportRules = {
  nllLoss(node) {
    const ignored = number(node.attributes, 'ignoreIndex');
    node.finish('NegativeLogLikelihoodLoss', node.inputs, {
      reduction: text(string(node.attributes, 'reduction')),
      ...(Number.isFinite(ignored) && { ignore_index: int(ignored) }),
    });
  },
};
