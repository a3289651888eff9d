/** Ops that hand their input on: as another type, with noise while training, or as it is. */
import { isDType } from '../../core/dtype.ts';
import { number, string } from '../../ops/op.ts';
import { int } from '../attributes.ts';
import { exportType, importType } from '../data-types.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** Kept as a node without a seed, which is the identity: retraining can give it one, and the salt keeps the nodes apart. */
function importDropout(node: ImportNode) {
  const { attributes, opset, position: salt } = node;
  if (node.hasOutput(1)) node.reject('the output mask is not supported');
  if (opset < 12) {
    if (node.inputs.length > 1) node.reject('want ratio as an attribute before opset 12, got an input');
    return node.finish('dropout', [node.inputs[0]], { rate: attributes.get('ratio', 'float', 0.5), salt });
  }
  if (attributes.has('ratio')) node.reject('want ratio as an input from opset 12 on, got an attribute');
  if (node.hasInput(2) && node.scalar(2, 'training_mode') !== 0) node.reject('want training_mode false, got true');
  // `seed` only matters to training_mode.
  node.finish('dropout', [node.inputs[0]], { rate: node.hasInput(1) ? node.scalar(1, 'ratio') : 0.5, salt });
}

export const identityImports: ImportRules = {
  Identity: { inputs: [1, 1], run: (node) => node.same(node.inputs[0]) },
  Dropout: { inputs: [1, 3], outputs: 2, attributes: { ratio: 'float', seed: 'int' }, run: importDropout },
  Cast: {
    inputs: [1, 1],
    // saturate concerns 8-bit floats only, which are refused as a type.
    attributes: { to: 'int', saturate: 'int' },
    run: (node) =>
      node.finish('cast', node.inputs, {
        to: importType(node.attributes.get('to', 'int'), `${node.label}, attribute to`),
      }),
  },
};

export const identityExports: ExportRules = {
  cast(node) {
    const to = string(node.attributes, 'to');
    if (!isDType(to)) return node.reject(`want a type to cast to, got ${to}`);
    node.finish('Cast', node.inputs, { to: int(exportType(to)) });
  },
  dropout(node) {
    const [x] = node.inputs;
    if (node.hasInput(1)) node.reject('with a seed it is a training op, which cannot be exported');
    node.finish('Dropout', [x, node.scalar(number(node.attributes, 'rate'), 'float32')]);
  },
};
