/** Fused epilogues of matmul and conv2d as nodes of their own. */
import { activationOf } from '../../ops/activation.ts';
import { boolean } from '../../ops/op.ts';
import type { ExportNode, ExportRule } from '../export-rule.ts';
import { elementwiseExports } from './elementwise.ts';

/** Finishes with the given ONNX op, followed by activation and residual, if any, in their order. */
export function finishWithEpilogue(
  node: ExportNode,
  opType: string,
  inputs: readonly string[],
  attributes: Parameters<ExportNode['finish']>[2] = {},
): void {
  const dtype = node.dtype(node.outputs[0]);
  const product: ExportRule = (each) => each.finish(opType, inputs, attributes);
  const activation = activationOf(node.attributes);
  const activate: ExportRule[] = activation
    ? [(each) => elementwiseExports[activation.op.name]({ ...each, attributes: activation.attributes })]
    : [];
  const add: ExportRule[] = node.hasInput(3) ? [(each) => each.finish('Add', [each.inputs[0], node.inputs[3]])] : [];
  const after = boolean(node.attributes, 'activationFirst') ? [...activate, ...add] : [...add, ...activate];

  // Each rule sees what the one before it has made, which is a value that only ONNX has. The last one makes the output.
  let made = '';
  const rules = [product, ...after];
  rules.forEach((rule, i) => {
    const last = i === rules.length - 1;
    rule({
      ...node,
      inputs: [made],
      dtype: () => dtype,
      finish(...onnx) {
        if (last) node.finish(...onnx);
        else made = node.emit(...onnx);
      },
    });
  });
}
