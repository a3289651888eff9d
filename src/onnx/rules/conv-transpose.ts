/** Transposed convolution. */
import { number, numbers } from '../../ops/op.ts';
import { int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { kernelOf } from './conv.ts';
import { finishWithEpilogue } from './epilogue.ts';
import { declaredWindow, filled, listOf, windowAttributes, windowDrafts } from './window.ts';

function importConvTranspose(node: ImportNode): void {
  const { attributes, inputs } = node;
  const kernel = kernelOf(node);
  const axes = kernel.length;
  const zeros = new Array<number>(axes).fill(0);
  // Some writers list batch and channels too.
  const outputShape = attributes.get('output_shape', 'ints', []).slice(-axes);
  if (outputShape.length > 0 && outputShape.length !== axes)
    node.reject(`want ${axes} numbers as output_shape, got [${outputShape.join(', ')}]`);
  node.finish('convTranspose', node.hasInput(2) ? inputs : inputs.slice(0, 2), {
    ...declaredWindow(node, axes),
    group: attributes.get('group', 'int', 1),
    outputPadding: listOf(node, 'output_padding', zeros),
    outputShape,
  });
}

export const convTransposeImports: ImportRules = {
  ConvTranspose: {
    inputs: [2, 3],
    attributes: { ...windowAttributes, group: 'int', output_padding: 'ints', output_shape: 'ints' },
    run: importConvTranspose,
  },
};

function exportConvTranspose(node: ExportNode): void {
  const axes = node.shape(node.inputs[0]).length - 2;
  const outputShape = numbers(node.attributes, 'outputShape');
  finishWithEpilogue(node, 'ConvTranspose', node.inputs.slice(0, 3), {
    ...windowDrafts(node, axes),
    group: int(number(node.attributes, 'group')),
    output_padding: ints(filled(node, 'outputPadding', axes, 0)),
    ...(outputShape.length > 0 ? { output_shape: ints(outputShape) } : {}),
  });
}

export const convTransposeExports: ExportRules = { convTranspose: exportConvTranspose };
