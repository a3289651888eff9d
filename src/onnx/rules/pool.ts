/** Pooling over any number of axes. */
import { boolean, number, numbers, string } from '../../ops/op.ts';
import { flag, int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules, OnnxAttributeDrafts } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';
import { filled, listOf, paddingDrafts, windowAttributes, windowOf } from './window.ts';

/** What every pooling op is told: window, kernel and ceil_mode. */
function poolOf(node: ImportNode) {
  const kernel = node.attributes.get('kernel_shape', 'ints');
  return { kernel, ...windowOf(node, kernel), ceilMode: node.attributes.get('ceil_mode', 'int', 0) !== 0 };
}

function importMaxPool(node: ImportNode): void {
  const order = node.attributes.get('storage_order', 'int', 0);
  if (order !== 0 && order !== 1) node.reject(`want storage_order 0 or 1, got ${order}`);
  // The order only concerns the indices.
  const indices = order === 0 ? 'tensor' : 'tensorColumns';
  node.finish('maxPool', node.inputs, { ...poolOf(node), ...(node.hasOutput(1) ? { indices } : {}) });
}

function importAveragePool(node: ImportNode): void {
  const countIncludePad = node.attributes.get('count_include_pad', 'int', 0) !== 0;
  node.finish('avgPool', node.inputs, { ...poolOf(node), countIncludePad });
}

/** Before opset 2 p was a float. */
function exponentOf({ attributes, opset }: ImportNode): number {
  return opset < 2 ? attributes.get('p', 'float', 2) : attributes.get('p', 'int', 2);
}

function importMaxUnpool(node: ImportNode): void {
  const kernel = node.attributes.get('kernel_shape', 'ints');
  const [strides, pads] = [
    listOf(
      node,
      'strides',
      kernel.map(() => 1),
    ),
    listOf(
      node,
      'pads',
      kernel.flatMap(() => [0, 0]),
    ),
  ];
  const outputShape = node.hasInput(2) ? { outputShape: node.list(2, 'output_shape') } : {};
  node.finish('maxUnpool', node.inputs.slice(0, 2), { kernel, strides, pads, ...outputShape });
}

const simple = (op: string): ImportRule => ({ inputs: [1, 1], run: (node) => node.finish(op, node.inputs) });

export const poolImports: ImportRules = {
  MaxPool: {
    inputs: [1, 1],
    outputs: 2,
    attributes: { ...windowAttributes, ceil_mode: 'int', storage_order: 'int' },
    run: importMaxPool,
  },
  AveragePool: {
    inputs: [1, 1],
    attributes: { ...windowAttributes, ceil_mode: 'int', count_include_pad: 'int' },
    run: importAveragePool,
  },
  LpPool: {
    since: 2,
    inputs: [1, 1],
    attributes: { ...windowAttributes, ceil_mode: 'int', p: 'int' },
    run: (node) => node.finish('lpPool', node.inputs, { ...poolOf(node), p: exponentOf(node) }),
  },
  MaxUnpool: {
    since: 9,
    inputs: [2, 3],
    attributes: { kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    run: importMaxUnpool,
  },
  GlobalAveragePool: { ...simple('globalAvgPool'), since: 1 },
  GlobalMaxPool: { ...simple('globalMaxPool'), since: 1 },
  GlobalLpPool: {
    since: 2,
    inputs: [1, 1],
    attributes: { p: 'int' },
    run: (node) => node.finish('globalLpPool', node.inputs, { p: exponentOf(node) }),
  },
};

function poolDrafts(node: ExportNode): OnnxAttributeDrafts {
  const kernel = numbers(node.attributes, 'kernel');
  return {
    kernel_shape: ints(kernel),
    strides: ints(filled(node, 'strides', kernel.length, 1)),
    ...paddingDrafts(node, kernel.length),
    ...(boolean(node.attributes, 'ceilMode') ? { ceil_mode: int(1) } : {}),
  };
}

function exportMaxPool(node: ExportNode): void {
  const counting = string(node.attributes, 'indices');
  if (node.hasOutput(1) && counting === 'plane')
    node.reject('its indices count within a plane, those of ONNX do not: they cannot be exported');
  node.finish('MaxPool', node.inputs, {
    ...poolDrafts(node),
    dilations: ints(filled(node, 'dilations', numbers(node.attributes, 'kernel').length, 1)),
    ...(counting === 'tensorColumns' ? { storage_order: int(1) } : {}),
  });
}

/** Other pools got dilations, and LpPool ceil_mode, after opset 17. */
function wantUndilated(node: ExportNode): void {
  const dilations = numbers(node.attributes, 'dilations');
  if (dilations.some((dilation) => dilation !== 1))
    node.reject(`want dilations of 1 at opset 17, got [${dilations.join(', ')}]`);
}

export const poolExports: ExportRules = {
  maxPool: exportMaxPool,
  avgPool(node) {
    wantUndilated(node);
    node.finish('AveragePool', node.inputs, {
      ...poolDrafts(node),
      count_include_pad: flag(boolean(node.attributes, 'countIncludePad')),
    });
  },
  lpPool(node) {
    wantUndilated(node);
    if (boolean(node.attributes, 'ceilMode')) node.reject('want no ceilMode at opset 17');
    node.finish('LpPool', node.inputs, { ...poolDrafts(node), p: int(number(node.attributes, 'p')) });
  },
  maxUnpool: (node) =>
    node.finish('MaxUnpool', [...node.inputs, ...(isGiven(node) ? [node.list('outputShape')] : [])], {
      kernel_shape: ints(numbers(node.attributes, 'kernel')),
      strides: ints(filled(node, 'strides', numbers(node.attributes, 'kernel').length, 1)),
      pads: ints(filled(node, 'pads', 2 * numbers(node.attributes, 'kernel').length, 0)),
    }),
  globalAvgPool: (node) => node.finish('GlobalAveragePool', node.inputs),
  globalMaxPool: (node) => node.finish('GlobalMaxPool', node.inputs),
  globalLpPool: (node) => node.finish('GlobalLpPool', node.inputs, { p: int(number(node.attributes, 'p')) }),
};

/** Whether an output shape is told, by numbers or by a value. */
function isGiven({ attributes }: ExportNode): boolean {
  const { outputShape } = attributes;
  return outputShape === undefined || numbers(attributes, 'outputShape').length > 0;
}
