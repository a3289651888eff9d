/** Ops that move, repeat or pick elements. */
import { number, numbers } from '../../ops/op.ts';
import { int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** Attributes before opset 10, constant inputs from then on. */
function importSlice(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  if (opset < 10) {
    if (inputs.length > 1) node.reject('want starts and ends as attributes before opset 10, got inputs');
    const [starts, ends] = [attributes.get('starts', 'ints'), attributes.get('ends', 'ints')];
    return node.finish('slice', [inputs[0]], { starts, ends, axes: attributes.get('axes', 'ints', []) });
  }
  for (const name of ['starts', 'ends', 'axes'])
    if (attributes.has(name)) node.reject(`want ${name} as an input from opset 10 on`);
  const starts = node.integers(1, 'starts');
  const ends = node.integers(2, 'ends');
  const axes = node.hasInput(3) ? node.integers(3, 'axes') : [];
  const steps = node.hasInput(4) ? node.integers(4, 'steps') : [];
  node.finish('slice', [inputs[0]], { starts, ends, axes, steps });
}

/** Sizes are an attribute before opset 13, then an input; without them the parts are equal. */
function importSplit(node: ImportNode): void {
  const { attributes, inputs, opset, outputs } = node;
  const axis = attributes.get('axis', 'int', 0);
  if (opset < 13 ? node.hasInput(1) : attributes.has('split'))
    node.reject(`want split as an ${opset < 13 ? 'attribute' : 'input'} with opset ${opset}`);
  const asked = attributes.get('num_outputs', 'int', outputs.length);
  if (asked !== outputs.length) node.reject(`want num_outputs ${outputs.length}, one per output, got ${asked}`);
  let sizes: readonly number[] = opset < 13 ? attributes.get('split', 'ints', []) : [];
  if (node.hasInput(1)) sizes = node.integers(1, 'split');
  else if (attributes.has('num_outputs')) sizes = unequalParts(node, axis, asked);
  node.finish('split', [inputs[0]], { axis, sizes });
}

/** num_outputs (opset 18) makes the last part smaller where the extent does not divide. Empty: the parts are equal. */
function unequalParts(node: ImportNode, axis: number, count: number): number[] {
  const extent = node.shape(node.inputs[0])?.at(axis);
  if (extent === undefined || extent % count === 0) return [];
  const part = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, extent - i * part)));
}

/** Pads and value are attributes before opset 11, then inputs; opset 18 adds axes. */
function importPad(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  const mode = attributes.get('mode', 'string', 'constant');
  if (mode !== 'constant') node.reject(`want mode constant, got ${mode}`);
  if (opset < 11) {
    if (inputs.length > 1) node.reject('want pads as an attribute before opset 11, got an input');
    return node.finish('pad', [inputs[0]], {
      pads: attributes.get('pads', 'ints'),
      value: attributes.get('value', 'float', 0),
    });
  }
  for (const name of ['pads', 'value'])
    if (attributes.has(name)) node.reject(`want ${name} as an input from opset 11 on`);
  const given = node.integers(1, 'pads');
  const value = node.hasInput(2) ? node.scalar(2, 'constant_value') : 0;
  const pads = node.hasInput(3) ? padsOnAxes(node, given, node.integers(3, 'axes')) : given;
  node.finish('pad', [inputs[0]], { pads, value });
}

function padsOnAxes(node: ImportNode, given: readonly number[], axes: readonly number[]): number[] {
  const rank = node.shape(node.inputs[0])?.length;
  if (rank === undefined) return node.reject('want an input of known rank for pads with axes');
  if (given.length !== 2 * axes.length)
    node.reject(`want ${2 * axes.length} pads for ${axes.length} axes, got ${given.length}`);
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    const at = axis < 0 ? axis + rank : axis;
    if (!(at >= 0 && at < rank)) node.reject(`want axes in [${-rank}, ${rank - 1}], got ${axis}`);
    pads[at] = given[i];
    pads[rank + at] = given[axes.length + i];
  });
  return pads;
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
  Gather: {
    inputs: [2, 2],
    attributes: { axis: 'int' },
    run: (node) => node.finish('gather', node.inputs, { axis: node.attributes.get('axis', 'int', 0) }),
  },
  Expand: {
    since: 8,
    inputs: [2, 2],
    run: (node) => node.finish('expand', [node.inputs[0]], { shape: node.integers(1, 'shape') }),
  },
};

function exportSlice(node: ExportNode): void {
  const list = (name: string) => numbers(node.attributes, name);
  const axes = list('axes');
  const steps = list('steps');
  node.finish('Slice', [
    node.inputs[0],
    node.integers('starts', list('starts')),
    node.integers('ends', list('ends')),
    axes.length > 0 ? node.integers('axes', axes) : '',
    steps.length > 0 ? node.integers('steps', steps) : '',
  ]);
}

function exportSplit(node: ExportNode): void {
  const sizes = numbers(node.attributes, 'sizes');
  const inputs = sizes.length > 0 ? [node.inputs[0], node.integers('split', sizes)] : node.inputs;
  node.finish('Split', inputs, { axis: int(number(node.attributes, 'axis')) });
}

export const movementExports: ExportRules = {
  transpose(node) {
    const perm = numbers(node.attributes, 'perm');
    node.finish('Transpose', node.inputs, perm.length > 0 ? { perm: ints(perm) } : {});
  },
  concat: (node) => node.finish('Concat', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  slice: exportSlice,
  split: exportSplit,
  pad(node) {
    const [x] = node.inputs;
    const pads = node.integers('pads', numbers(node.attributes, 'pads'));
    node.finish('Pad', [x, pads, node.scalar(number(node.attributes, 'value'), node.dtype(x))]);
  },
  gather: (node) => node.finish('Gather', node.inputs, { axis: int(number(node.attributes, 'axis')) }),
  expand: (node) => node.finish('Expand', [node.inputs[0], node.integers('shape', numbers(node.attributes, 'shape'))]),
};
