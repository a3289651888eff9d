/** Ops that only change the shape. */
import { boolean, number } from '../../ops/op.ts';
import { flag, int } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { AttributeDraft, ImportNode, ImportRules } from '../import-rule.ts';
import { isEmpty } from './movement.ts';

/** Axes that are an attribute before opset 13 and an input from then on. */
function axesOf(node: ImportNode): AttributeDraft | undefined {
  if (node.opset < 13) {
    if (node.hasInput(1)) node.reject('want axes as an attribute before opset 13, got an input');
    return node.attributes.has('axes') ? [...node.attributes.get('axes', 'ints')] : undefined;
  }
  if (node.attributes.has('axes')) node.reject('want axes as an input from opset 13 on, got an attribute');
  return node.hasInput(1) ? node.list(1, 'axes') : undefined;
}

function importReshape(node: ImportNode): void {
  const allowZero = node.attributes.get('allowzero', 'int', 0) !== 0;
  node.finish('reshape', [node.inputs[0]], { shape: node.list(1, 'shape'), ...(allowZero && { allowZero }) });
}

function importSqueeze(node: ImportNode) {
  const axes = axesOf(node);
  // To us an empty list means every axis of extent 1; to ONNX only an absent one does.
  if (Array.isArray(axes) && axes.length === 0) return node.same(node.inputs[0]);
  node.finish('squeeze', [node.inputs[0]], { axes: axes ?? [] });
}

/** start and end came with opset 15. */
function importShape({ attributes, finish, inputs }: ImportNode) {
  const bound = (name: 'start' | 'end') => attributes.has(name) && { [name]: attributes.get(name, 'int') };
  finish('shape', inputs, { ...bound('start'), ...bound('end') });
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
  Shape: { inputs: [1, 1], attributes: { start: 'int', end: 'int' }, run: importShape },
  Size: { inputs: [1, 1], run: (node) => node.finish('size', node.inputs) },
};

/** With at most one extent that depends on the feeds a constant shape will do; otherwise it is read off at run time. */
function exportReshapeLike(node: ExportNode) {
  const [x, like] = node.inputs;
  if (x === like) return node.finish('Identity', [x]);
  const target = node.openShape(like);
  const open = target?.filter((dim) => typeof dim === 'string').length ?? 0;
  // A zero in a constant shape would mean "copy the extent".
  if (!target || open > 1 || target.includes(0)) return node.finish('Reshape', [x, node.emit('Shape', [like])]);
  const shape = target.map((dim) => (typeof dim === 'number' ? dim : -1));
  node.finish('Reshape', [x, node.integers('shape', shape)]);
}

export const shapeExports: ExportRules = {
  reshape: (node) =>
    node.finish('Reshape', [node.inputs[0], node.list('shape')], {
      ...(boolean(node.attributes, 'allowZero') && { allowzero: flag(true) }),
    }),
  reshapeLike: exportReshapeLike,
  flatten: (node) => node.finish('Flatten', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  squeeze: (node) => node.finish('Squeeze', isEmpty(node, 'axes') ? node.inputs : [node.inputs[0], node.list('axes')]),
  unsqueeze: (node) => node.finish('Unsqueeze', [node.inputs[0], node.list('axes')]),
  shape(node) {
    const [start, end] = [number(node.attributes, 'start'), number(node.attributes, 'end')];
    node.finish('Shape', node.inputs, {
      ...(start !== 0 && { start: int(start) }),
      ...(end !== Number.MAX_SAFE_INTEGER && { end: int(end) }),
    });
  },
  size: (node) => node.finish('Size', node.inputs),
};
