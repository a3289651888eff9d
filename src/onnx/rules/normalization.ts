/** Softmax and its kin. */
import { number } from '../../ops/op.ts';
import { int } from '../attributes.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportRule, ImportRules } from '../import-rule.ts';

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

export const normalizationImports: ImportRules = {
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('logSoftmax'),
  Hardmax: softmax('hardmax'),
};

export const normalizationExports: ExportRules = {
  softmax: (node) => node.finish('Softmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  hardmax: (node) => node.finish('Hardmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  logSoftmax: (node) => node.finish('LogSoftmax', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
};
