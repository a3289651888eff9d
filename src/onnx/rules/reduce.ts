/** Reductions over axes. */
import { boolean, number, numbers } from '../../ops/op.ts';
import { flag, int, ints } from '../attributes.ts';
import type { ExportNode, ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportRule, ImportRules } from '../import-rule.ts';

/** `axesInput`: the opset from which the axes are an input instead of an attribute. */
function reduction(op: string, axesInput: number): ImportRule {
  return {
    inputs: [1, 2],
    attributes: { axes: 'ints', keepdims: 'int', noop_with_empty_axes: 'int' },
    run(node) {
      const { attributes, opset } = node;
      if (opset >= axesInput && attributes.has('axes'))
        node.reject(`want axes as an input from opset ${axesInput} on, got an attribute`);
      if (opset < axesInput && node.hasInput(1))
        node.reject(`want axes as an attribute before opset ${axesInput}, got an input`);
      const given = node.hasInput(1) ? node.integers(1, 'axes') : attributes.get('axes', 'ints', []);
      const keepDims = attributes.get('keepdims', 'int', 1) !== 0;
      if (given.length === 0 && attributes.get('noop_with_empty_axes', 'int', 0) !== 0)
        return node.same(node.inputs[0]);
      node.finish(op, [node.inputs[0]], { axes: given, keepDims });
    },
  };
}

export const reduceImports: ImportRules = {
  ReduceSum: reduction('reduceSum', 13),
  ReduceMean: reduction('reduceMean', 18),
  ReduceMax: reduction('reduceMax', 18),
  ArgMax: {
    inputs: [1, 1],
    attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
    run(node) {
      const { attributes } = node;
      if (attributes.get('select_last_index', 'int', 0) !== 0) node.reject('want select_last_index 0, got 1');
      const axis = attributes.get('axis', 'int', 0);
      node.finish('argMax', node.inputs, { axis, keepDims: attributes.get('keepdims', 'int', 1) !== 0 });
    },
  },
};

function keepDims(node: ExportNode) {
  return { keepdims: flag(boolean(node.attributes, 'keepDims')) };
}

/** At opset 17 ReduceMean and ReduceMax still have their axes as an attribute. */
function reduceByAttribute(opType: string): ExportRule {
  return (node) => {
    const axes = numbers(node.attributes, 'axes');
    node.finish(opType, node.inputs, { ...(axes.length > 0 && { axes: ints(axes) }), ...keepDims(node) });
  };
}

export const reduceExports: ExportRules = {
  reduceSum(node) {
    const axes = numbers(node.attributes, 'axes');
    const inputs = axes.length > 0 ? [node.inputs[0], node.integers('axes', axes)] : node.inputs;
    node.finish('ReduceSum', inputs, keepDims(node));
  },
  reduceMean: reduceByAttribute('ReduceMean'),
  reduceMax: reduceByAttribute('ReduceMax'),
  argMax: (node) =>
    node.finish('ArgMax', node.inputs, { axis: int(number(node.attributes, 'axis')), ...keepDims(node) }),
};
