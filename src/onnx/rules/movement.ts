/** Ops that move or repeat elements. */
import { boolean, number, numbers, string } from '../../ops/op.ts';
import { flag, int, ints, text } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { AttributeDraft, ImportNode, ImportRules } from '../import-rule.ts';
import { exportPad, importPad } from './pad.ts';

/** Attributes before opset 10, inputs from then on. */
function importSlice(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  if (opset < 10) {
    if (inputs.length > 1) node.reject('want starts and ends as attributes before opset 10, got inputs');
    const [starts, ends] = [attributes.get('starts', 'ints'), attributes.get('ends', 'ints')];
    return node.finish('slice', [inputs[0]], { starts, ends, axes: attributes.get('axes', 'ints', []) });
  }
  for (const name of ['starts', 'ends', 'axes'])
    if (attributes.has(name)) node.reject(`want ${name} as an input from opset 10 on`);
  const starts = node.list(1, 'starts');
  const ends = node.list(2, 'ends');
  const axes = node.hasInput(3) ? node.list(3, 'axes') : [];
  const steps = node.hasInput(4) ? node.list(4, 'steps') : [];
  node.finish('slice', [inputs[0]], { starts, ends, axes, steps });
}

/**
 * Sizes are an attribute before opset 13, then an input; without them the parts are equal. num_outputs (opset 18) makes
 * the last part smaller where the extent does not divide.
 */
function importSplit(node: ImportNode) {
  const { attributes, inputs, opset, outputs } = node;
  const axis = attributes.get('axis', 'int', 0);
  if (opset < 13 ? node.hasInput(1) : attributes.has('split'))
    node.reject(`want split as an ${opset < 13 ? 'attribute' : 'input'} with opset ${opset}`);
  const asked = attributes.get('num_outputs', 'int', outputs.length);
  if (asked !== outputs.length) node.reject(`want num_outputs ${outputs.length}, one per output, got ${asked}`);
  let sizes: AttributeDraft = opset < 13 ? attributes.get('split', 'ints', []) : [];
  if (node.hasInput(1)) sizes = node.list(1, 'split');
  const uneven = attributes.has('num_outputs') && !node.hasInput(1);
  node.finish('split', [inputs[0]], { axis, sizes, ...(uneven && { uneven }) });
}

/** Where the numbers are known and so are the extents, it is a slice and a padding. */
function importCenterCropPad(node: ImportNode) {
  const { attributes, inputs } = node;
  const shape = node.list(1, 'shape');
  node.finish('centerCropPad', [inputs[0]], { shape, axes: attributes.get('axes', 'ints', []) });
}

function importDepthToSpace(node: ImportNode) {
  const { attributes } = node;
  const mode = attributes.get('mode', 'string', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') node.reject(`want mode DCR or CRD, got ${mode}`);
  node.finish('depthToSpace', node.inputs, { block: attributes.get('blocksize', 'int'), mode });
}

export const movementImports: ImportRules = {
  Transpose: {
    inputs: [1, 1],
    attributes: { perm: 'ints' },
    run: (node) => node.finish('transpose', node.inputs, { perm: node.attributes.get('perm', 'ints', []) }),
  },
  Concat: {
    inputs: [1, Number.POSITIVE_INFINITY],
    attributes: { axis: 'int' },
    run: (node) => node.finish('concat', node.inputs, { axis: node.attributes.get('axis', 'int') }),
  },
  Slice: { inputs: [1, 5], attributes: { starts: 'ints', ends: 'ints', axes: 'ints' }, run: importSlice },
  Split: {
    inputs: [1, 2],
    outputs: Number.POSITIVE_INFINITY,
    attributes: { axis: 'int', split: 'ints', num_outputs: 'int' },
    run: importSplit,
  },
  Pad: { inputs: [1, 4], attributes: { mode: 'string', pads: 'ints', value: 'float' }, run: importPad },
  CenterCropPad: { since: 18, inputs: [2, 2], attributes: { axes: 'ints' }, run: importCenterCropPad },
  Expand: {
    since: 8,
    inputs: [2, 2],
    run: (node) => node.finish('expand', [node.inputs[0]], { shape: node.list(1, 'shape') }),
  },
  Tile: { inputs: [2, 2], run: (node) => node.finish('tile', [node.inputs[0]], { repeats: node.list(1, 'repeats') }) },
  DepthToSpace: { inputs: [1, 1], attributes: { blocksize: 'int', mode: 'string' }, run: importDepthToSpace },
  SpaceToDepth: {
    inputs: [1, 1],
    attributes: { blocksize: 'int' },
    run: (node) => node.finish('spaceToDepth', node.inputs, { block: node.attributes.get('blocksize', 'int') }),
  },
  ReverseSequence: {
    since: 10,
    inputs: [2, 2],
    attributes: { batch_axis: 'int', time_axis: 'int' },
    run({ attributes, finish, inputs }) {
      const [batchAxis, timeAxis] = [attributes.get('batch_axis', 'int', 1), attributes.get('time_axis', 'int', 0)];
      finish('reverseSequence', inputs, { batchAxis, timeAxis });
    },
  },
  CumSum: {
    since: 11,
    inputs: [2, 2],
    attributes: { exclusive: 'int', reverse: 'int' },
    run(node) {
      const given = (name: string) => node.attributes.get(name, 'int', 0) !== 0;
      const axis = node.one(1, 'axis');
      node.finish('cumSum', [node.inputs[0]], { axis, exclusive: given('exclusive'), reverse: given('reverse') });
    },
  },
};

/** Whether a list attribute holds nothing. One that is left to a value holds something. */
export function isEmpty({ attributes }: ExportNode, name: string): boolean {
  const list = attributes[name];
  return Array.isArray(list) && list.length === 0;
}

function exportSlice(node: ExportNode) {
  const optional = (name: string) => (isEmpty(node, name) ? '' : node.list(name));
  node.finish('Slice', [
    node.inputs[0],
    ...['starts', 'ends'].map((name) => node.list(name)),
    ...['axes', 'steps'].map(optional),
  ]);
}

/** At opset 17 parts that are not equal must have sizes. */
function exportSplit(node: ExportNode) {
  const [x] = node.inputs;
  const axis = number(node.attributes, 'axis');
  const count = node.outputs.length;
  let inputs = isEmpty(node, 'sizes') ? [x] : [x, node.list('sizes')];
  if (inputs.length === 1 && boolean(node.attributes, 'uneven')) {
    const extent = node.shape(x).at(axis);
    if (typeof extent !== 'number') return node.reject('parts of unknown sizes cannot be exported');
    const part = Math.ceil(extent / count);
    const sizes = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, extent - i * part)));
    inputs = [x, node.integers('sizes', sizes)];
  }
  node.finish('Split', inputs, { axis: int(axis) });
}

/** CenterCropPad came with opset 18: written as Slice and Pad. */
function exportCenterCropPad(node: ExportNode) {
  const [x] = node.inputs;
  const shape = node.shape(x);
  const wanted = node.attributes.shape;
  const axes = isEmpty(node, 'axes') ? [...shape.keys()] : numbers(node.attributes, 'axes');
  const extents = axes.map((axis) => shape.at(axis));
  if (!Array.isArray(wanted) || !extents.every((extent) => typeof extent === 'number'))
    return node.reject('of unknown extents it cannot be exported to opset 17');
  const less = extents.map((extent, i) => Math.floor(Math.max(0, extent - wanted[i]) / 2));
  const more = extents.map((extent, i) => Math.floor(Math.max(0, wanted[i] - extent) / 2));
  const ends = extents.map((extent, i) => less[i] + Math.min(extent, wanted[i]));
  const named = (name: string, values: readonly number[]) => node.integers(name, values);
  const cropped = node.emit('Slice', [x, named('starts', less), named('ends', ends), named('axes', axes)]);
  const pads = new Array<number>(2 * shape.length).fill(0);
  axes.forEach((given, i) => {
    const axis = given < 0 ? given + shape.length : given;
    pads[axis] = more[i];
    pads[shape.length + axis] = Math.max(0, wanted[i] - extents[i]) - more[i];
  });
  node.finish('Pad', [cropped, named('pads', pads)]);
}

function exportSpaceToDepth(node: ExportNode) {
  const mode = string(node.attributes, 'mode');
  if (mode !== 'DCR') return node.reject(`in mode ${mode} it has no counterpart`);
  node.finish('SpaceToDepth', node.inputs, { blocksize: int(number(node.attributes, 'block')) });
}

export const movementExports: ExportRules = {
  transpose(node) {
    const perm = numbers(node.attributes, 'perm');
    node.finish('Transpose', node.inputs, perm.length > 0 ? { perm: ints(perm) } : {});
  },
  concat: (node) => node.finish('Concat', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  slice: exportSlice,
  split: exportSplit,
  pad: exportPad,
  centerCropPad: exportCenterCropPad,
  expand: (node) => node.finish('Expand', [node.inputs[0], node.list('shape')]),
  tile: (node) => node.finish('Tile', [node.inputs[0], node.list('repeats')]),
  depthToSpace: (node) =>
    node.finish('DepthToSpace', node.inputs, {
      blocksize: int(number(node.attributes, 'block')),
      mode: text(string(node.attributes, 'mode')),
    }),
  spaceToDepth: exportSpaceToDepth,
  reverseSequence: (node) =>
    node.finish('ReverseSequence', node.inputs, {
      batch_axis: int(number(node.attributes, 'batchAxis')),
      time_axis: int(number(node.attributes, 'timeAxis')),
    }),
  cumSum: (node) =>
    node.finish('CumSum', [node.inputs[0], node.one('axis', 'int64')], {
      exclusive: flag(boolean(node.attributes, 'exclusive')),
      reverse: flag(boolean(node.attributes, 'reverse')),
    }),
};
