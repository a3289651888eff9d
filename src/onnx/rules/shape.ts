/** Ops that only change the shape. */
import { number, numbers } from '../../ops/op.ts';
import { int } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** Axes that are an attribute before opset 13 and a constant input from then on. */
function axesOf(node: ImportNode): number[] | undefined {
  if (node.opset < 13) {
    if (node.hasInput(1)) node.reject('want axes as an attribute before opset 13, got an input');
    return node.attributes.has('axes') ? [...node.attributes.get('axes', 'ints')] : undefined;
  }
  if (node.attributes.has('axes')) node.reject('want axes as an input from opset 13 on, got an attribute');
  return node.hasInput(1) ? node.integers(1, 'axes') : undefined;
}

function importReshape(node: ImportNode): void {
  const shape = node.integers(1, 'shape');
  if (shape.includes(0) && node.attributes.get('allowzero', 'int', 0) !== 0)
    node.reject('want allowzero 0, or a shape without zeros, got allowzero 1 and a zero');
  node.finish('reshape', [node.inputs[0]], { shape });
}

function importSqueeze(node: ImportNode) {
  const axes = axesOf(node);
  // To us an empty list means every axis of extent 1; to ONNX only an absent one does.
  if (axes?.length === 0) return node.same(node.inputs[0]);
  node.finish('squeeze', [node.inputs[0]], { axes: axes ?? [] });
}

export const shapeImports: ImportRules = {
  Reshape: { inputs: [2, 2], attributes: { allowzero: 'int' }, run: importReshape },
  Flatten: {
    inputs: [1, 1],
    attributes: { axis: 'int' },
    run: (node) => node.finish('flatten', node.inputs, { axis: node.attributes.get('axis', 'int', 1) }),
  },
  Squeeze: { inputs: [1, 2], attributes: { axes: 'ints' }, run: importSqueeze },
  Unsqueeze: {
    inputs: [1, 2],
    attributes: { axes: 'ints' },
    run: (node) =>
      node.finish('unsqueeze', [node.inputs[0]], { axes: axesOf(node) ?? node.reject('want axes, got none') }),
  },
};

/** With at most one extent that depends on the feeds a constant shape will do; otherwise it is read off at run time. */
function exportReshapeLike(node: ExportNode) {
  const [x, like] = node.inputs;
  if (x === like) return node.finish('Identity', [x]);
  const target = node.shape(like);
  const open = target.filter((dim) => typeof dim === 'string').length;
  // A zero in a constant shape would mean "copy the extent".
  if (open > 1 || target.includes(0)) return node.finish('Reshape', [x, node.emit('Shape', [like])]);
  const shape = target.map((dim) => (typeof dim === 'number' ? dim : -1));
  node.finish('Reshape', [x, node.integers('shape', shape)]);
}

export const shapeExports: ExportRules = {
  reshape: (node) =>
    node.finish('Reshape', [node.inputs[0], node.integers('shape', numbers(node.attributes, 'shape'))]),
  reshapeLike: exportReshapeLike,
  flatten: (node) => node.finish('Flatten', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  squeeze(node) {
    const axes = numbers(node.attributes, 'axes');
    node.finish('Squeeze', axes.length > 0 ? [node.inputs[0], node.integers('axes', axes)] : node.inputs);
  },
  unsqueeze: (node) =>
    node.finish('Unsqueeze', [node.inputs[0], node.integers('axes', numbers(node.attributes, 'axes'))]),
};
