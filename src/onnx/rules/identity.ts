/** Ops that hand their input on: as another type, in part, with noise while training, or as it is. */
import { isDType } from '../../core/dtype.ts';
import { boolean, string } from '../../ops/op.ts';
import { flag, int } from '../attributes.ts';
import { exportType, importType, onnxTypeOf } from '../data-types.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/**
 * Kept as a node without a seed, which is the identity: retraining can give it one, and the salt keeps the nodes apart.
 * Ratio and training_mode are attributes before opset 12, or are not there, and may be computed from then on.
 */
function importDropout(node: ImportNode) {
  const { attributes, opset, position: salt, inputs } = node;
  if (attributes.has('is_test') && opset >= 7) node.reject('attribute is_test ended with opset 7');
  if (opset < 12) {
    if (opset < 7 && attributes.get('is_test', 'int', 0) === 0 && attributes.get('ratio', 'float', 0.5) !== 0)
      node.reject('want is_test 1 or ratio 0 before opset 7, got neither');
    if (inputs.length > 1) node.reject('want ratio as an attribute before opset 12, got an input');
    return node.finish('dropout', [inputs[0]], { rate: attributes.get('ratio', 'float', 0.5), salt });
  }
  if (attributes.has('ratio')) node.reject('want ratio as an input from opset 12 on, got an attribute');
  // `seed` only matters where numbers are dropped.
  const computed = [1, 2].some((index) => node.hasInput(index) && !node.constantOf(inputs[index]));
  const rate = node.hasInput(1) ? node.one(1, 'ratio') : 0.5;
  if (!computed) {
    const training = node.hasInput(2) && node.scalar(2, 'training_mode') !== 0;
    if (training && rate !== 0) node.reject(`want training_mode false or ratio 0, got true and ratio ${rate}`);
    return node.finish('dropout', [inputs[0]], { rate, salt });
  }
  const training =
    node.hasInput(2) &&
    (node.constantOf(inputs[2]) ? node.scalar(2, 'training_mode') !== 0 : node.one(2, 'training_mode'));
  // The slot of the seed is kept free, so that what the attributes refer to stands behind it.
  node.finish('dropout', [inputs[0], ''], { rate, salt, training });
}

/** Half precision is computed in float32: a cast to it rounds, one from it does nothing. */
function importCast(node: ImportNode) {
  const to = node.attributes.get('to', 'int');
  if (onnxTypeOf(to) === 'float16') return node.finish('cast', node.inputs, { to: 'float16' });
  const type = importType(to, `${node.label}, attribute to`);
  if (node.dtype(node.inputs[0]) === type) node.same(node.inputs[0]);
  else node.finish('cast', node.inputs, { to: type });
}

export const identityImports: ImportRules = {
  Identity: { inputs: [1, 1], run: (node) => node.same(node.inputs[0]) },
  Dropout: {
    inputs: [1, 3],
    outputs: 2,
    attributes: { ratio: 'float', seed: 'int', is_test: 'int' },
    run: importDropout,
  },
  // saturate concerns 8-bit floats only, which are refused as a type.
  Cast: { inputs: [1, 1], attributes: { to: 'int', saturate: 'int' }, run: importCast },
  CastLike: {
    since: 15,
    inputs: [2, 2],
    attributes: { saturate: 'int' },
    run(node) {
      const to = node.dtype(node.inputs[1]);
      if (to === undefined) node.finish('castLike', node.inputs);
      else node.finish('cast', [node.inputs[0]], { to });
    },
  },
  Trilu: {
    since: 14,
    inputs: [1, 2],
    attributes: { upper: 'int' },
    run: (node) =>
      node.finish('trilu', [node.inputs[0]], {
        upper: node.attributes.get('upper', 'int', 1) !== 0,
        k: node.hasInput(1) ? node.one(1, 'k') : 0,
      }),
  },
};

function exportCast(node: ExportNode) {
  const to = string(node.attributes, 'to');
  if (!isDType(to)) return node.reject(`want a type to cast to, got ${to}`);
  const cast = { to: int(exportType(to)) };
  if (to !== 'float16') return node.finish('Cast', node.inputs, cast);
  node.finish('Cast', [node.emit('Cast', node.inputs, cast)], { to: int(exportType('float32')) });
}

export const identityExports: ExportRules = {
  cast: exportCast,
  castLike: (node) => node.finish('CastLike', node.inputs),
  dropout(node) {
    const [x] = node.inputs;
    if (node.hasInput(1)) node.reject('with a seed it is a training op, which cannot be exported');
    const { training } = node.attributes;
    // Absent: left to a value.
    const mode = training === undefined ? node.one('training', 'bool') : training ? node.scalar(1, 'bool') : '';
    node.finish('Dropout', [x, node.one('rate', 'float32'), mode]);
  },
  trilu(node) {
    node.finish('Trilu', [node.inputs[0], node.one('k', 'int64')], { upper: flag(boolean(node.attributes, 'upper')) });
  },
};
