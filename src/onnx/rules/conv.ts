/** Convolution and pooling over images [N, C, H, W]. */
import { boolean, number, numbers } from '../../ops/op.ts';
import { flag, int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules, OnnxAttributeDrafts } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { withActivation } from './matrix.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** [top, left, bottom, right] */
  readonly pads: readonly number[];
}

const windowAttributes = {
  auto_pad: 'string',
  dilations: 'ints',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

/** The sliding window of a node with a kernel of two axes; auto_pad is resolved to numbers. */
function windowOf(node: ImportNode, kernel: readonly number[]): Window {
  const { attributes } = node;
  if (kernel.length !== 2) node.reject(`want a kernel over two axes (images), got [${kernel.join(', ')}]`);
  const list = (name: 'strides' | 'dilations' | 'pads', fallback: readonly number[]) => {
    const given = attributes.get(name, 'ints', fallback);
    if (given.length !== fallback.length) node.reject(`want ${fallback.length} ${name}, got [${given.join(', ')}]`);
    return given;
  };
  const strides = list('strides', [1, 1]);
  const dilations = list('dilations', [1, 1]);
  const given = list('pads', [0, 0, 0, 0]);
  const auto = attributes.get('auto_pad', 'string', 'NOTSET');
  if (auto === 'NOTSET' || auto === '') return { kernel, strides, dilations, pads: given };
  if (given.some((pad) => pad !== 0)) node.reject(`want pads or auto_pad, got both (${auto})`);
  if (auto === 'VALID') return { kernel, strides, dilations, pads: [0, 0, 0, 0] };
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER')
    node.reject(`want auto_pad among NOTSET, VALID, SAME_UPPER, SAME_LOWER, got ${auto}`);
  const around = [0, 1].map((axis) => {
    const total = samePadding(node, axis, kernel[axis], strides[axis], dilations[axis]);
    const less = Math.floor(total / 2);
    return auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  });
  return { kernel, strides, dilations, pads: [around[0][0], around[1][0], around[0][1], around[1][1]] };
}

/** The padding that makes ceil(extent / stride) outputs. With stride 1 it does not depend on the extent. */
function samePadding(node: ImportNode, axis: number, kernel: number, stride: number, dilation: number): number {
  const reach = (kernel - 1) * dilation + 1;
  if (stride === 1) return reach - 1;
  const extent = node.shape(node.inputs[0])?.[2 + axis];
  if (extent === undefined)
    return node.reject('want an image of fixed height and width for auto_pad SAME with a stride, got open ones');
  return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
}

function importConv(node: ImportNode): void {
  const [x, w, bias] = node.inputs;
  const filter = node.shape(w);
  const declared = node.attributes.get('kernel_shape', 'ints', []);
  const extents = filter?.slice(2) ?? [];
  const kernel =
    declared.length > 0
      ? declared
      : extents.map((extent) => extent ?? node.reject('want kernel_shape or a filter of fixed extents, got neither'));
  if (
    filter &&
    (filter.length !== kernel.length + 2 ||
      kernel.some((extent, i) => extents[i] !== undefined && extents[i] !== extent))
  )
    node.reject(`want a kernel_shape like its filter [${filter.join(', ')}], got [${kernel.join(', ')}]`);
  const { strides, dilations, pads } = windowOf(node, kernel);
  const group = node.attributes.get('group', 'int', 1);
  node.finish('conv2d', node.hasInput(2) ? [x, w, bias] : [x, w], { strides, pads, dilations, group });
}

function importMaxPool(node: ImportNode): void {
  const { attributes } = node;
  if (node.hasOutput(1)) node.reject('the output Indices is not supported');
  if (attributes.get('storage_order', 'int', 0) !== 0) node.reject('want storage_order 0, got 1');
  const { kernel, strides, dilations, pads } = windowOf(node, attributes.get('kernel_shape', 'ints'));
  const ceilMode = attributes.get('ceil_mode', 'int', 0) !== 0;
  node.finish('maxPool', [node.inputs[0]], { kernel, strides, pads, dilations, ceilMode });
}

function importAveragePool(node: ImportNode): void {
  const { attributes } = node;
  const { kernel, strides, dilations, pads } = windowOf(node, attributes.get('kernel_shape', 'ints'));
  if (dilations.some((dilation) => dilation !== 1)) node.reject(`want dilations of 1, got [${dilations.join(', ')}]`);
  const ceilMode = attributes.get('ceil_mode', 'int', 0) !== 0;
  const countIncludePad = attributes.get('count_include_pad', 'int', 0) !== 0;
  node.finish('avgPool', [node.inputs[0]], { kernel, strides, pads, ceilMode, countIncludePad });
}

export const convImports: ImportRules = {
  Conv: { inputs: [2, 3], attributes: { ...windowAttributes, group: 'int' }, run: importConv },
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
  GlobalAveragePool: { inputs: [1, 1], run: (node) => node.finish('globalAvgPool', node.inputs) },
};

function exportConv(node: ExportNode): void {
  const { attributes } = node;
  withActivation(node, 'Conv', node.inputs, {
    strides: ints(numbers(attributes, 'strides')),
    pads: ints(numbers(attributes, 'pads')),
    dilations: ints(numbers(attributes, 'dilations')),
    group: int(number(attributes, 'group')),
  });
}

function poolAttributes({ attributes }: ExportNode): OnnxAttributeDrafts {
  return {
    kernel_shape: ints(numbers(attributes, 'kernel')),
    strides: ints(numbers(attributes, 'strides')),
    pads: ints(numbers(attributes, 'pads')),
    ceil_mode: flag(boolean(attributes, 'ceilMode')),
  };
}

function exportMaxPool(node: ExportNode): void {
  if (node.hasOutput(1)) node.reject('its indices count within a plane, those of ONNX do not: they cannot be exported');
  node.finish('MaxPool', node.inputs, {
    ...poolAttributes(node),
    dilations: ints(numbers(node.attributes, 'dilations')),
  });
}

export const convExports: ExportRules = {
  conv2d: exportConv,
  maxPool: exportMaxPool,
  avgPool: (node) =>
    node.finish('AveragePool', node.inputs, {
      ...poolAttributes(node),
      count_include_pad: flag(boolean(node.attributes, 'countIncludePad')),
    }),
  globalAvgPool: (node) => node.finish('GlobalAveragePool', node.inputs),
};
