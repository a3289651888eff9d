/** Convolution over one to three axes. Lines become images of height 1, so that kernels and sparse filters serve them. */
import { number, numbers } from '../../ops/op.ts';
import { int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { finishWithEpilogue } from './epilogue.ts';
import { paddingDrafts, windowAttributes, windowDrafts, windowOf } from './window.ts';

/** The extents of the filter, which is input 1, behind its two axes of channels. */
export function kernelOf(node: ImportNode): readonly number[] {
  const filter = node.shape(node.inputs[1]);
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
  if (kernel.length < 1 || kernel.length > 3)
    node.reject(`want a kernel over one to three axes, got [${kernel.join(', ')}]`);
  return kernel;
}

/** The filter [OC, C, K] as [OC, C, 1, K]; a sparse one stays sparse, for it is the same matrix. */
function flatFilter(node: ImportNode): string {
  const [, w] = node.inputs;
  const constant = node.constantOf(w);
  if (!constant) return node.emit('unsqueeze', [w], { axes: [2] });
  const [filters, channels, taps] = constant.shape;
  return node.constant(`${w}.2d`, { ...constant, shape: [filters, channels, 1, taps] });
}

function importConv(node: ImportNode): void {
  const [x, w, bias] = node.inputs;
  const kernel = kernelOf(node);
  const window = windowOf(node, kernel);
  const group = node.attributes.get('group', 'int', 1);
  const rest = node.hasInput(2) ? [bias] : [];
  if (kernel.length > 1) {
    node.finish(kernel.length === 2 ? 'conv2d' : 'conv3d', [x, w, ...rest], { ...window, group });
    return;
  }
  const { pads, strides, dilations, autoPad } = window;
  // Along the height of 1 nothing moves, and nothing is padded by either rule.
  const flat = {
    pads: [0, pads[0], 0, pads[1]],
    strides: [1, ...strides],
    dilations: [1, ...dilations],
    autoPad,
    group,
  };
  const image = node.emit('unsqueeze', [x], { axes: [2] });
  const made = node.emit('conv2d', [image, flatFilter(node), ...rest], flat);
  node.finish('squeeze', [made], { axes: [2] });
}

export const convImports: ImportRules = {
  Conv: { inputs: [2, 3], attributes: { ...windowAttributes, group: 'int' }, run: importConv },
};

function exportConv(node: ExportNode): void {
  const { attributes } = node;
  finishWithEpilogue(node, 'Conv', node.inputs.slice(0, 3), {
    strides: ints(numbers(attributes, 'strides')),
    ...paddingDrafts(node, 2),
    dilations: ints(numbers(attributes, 'dilations')),
    group: int(number(attributes, 'group')),
  });
}

export const convExports: ExportRules = {
  conv2d: exportConv,
  conv3d: (node) =>
    node.finish('Conv', node.inputs, { ...windowDrafts(node, 3), group: int(number(node.attributes, 'group')) }),
};
