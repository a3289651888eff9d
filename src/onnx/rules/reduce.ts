/** Reductions over axes. */
import { boolean, number } from '../../ops/op.ts';
import { flag, int, ints } from '../attributes.ts';
import type { ExportNode, ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportRule, ImportRules } from '../import-rule.ts';

/** `axesInput`: the opset from which the axes are an input instead of an attribute. */
function reduction(op: string, axesInput = 18): ImportRule {
  return {
    inputs: [1, 2],
    attributes: { axes: 'ints', keepdims: 'int', noop_with_empty_axes: 'int' },
    run(node) {
      const { attributes, opset } = node;
      if (opset >= axesInput && attributes.has('axes'))
        node.reject(`want axes as an input from opset ${axesInput} on, got an attribute`);
      if (opset < axesInput && node.hasInput(1))
        node.reject(`want axes as an attribute before opset ${axesInput}, got an input`);
      const axes = node.hasInput(1) ? node.list(1, 'axes') : attributes.get('axes', 'ints', []);
      const keepDims = attributes.get('keepdims', 'int', 1) !== 0;
      const noop = attributes.get('noop_with_empty_axes', 'int', 0) !== 0;
      node.finish(op, [node.inputs[0]], { axes, keepDims, ...(noop && { noopWithEmptyAxes: true }) });
    },
  };
}

function position(op: 'argMax' | 'argMin'): ImportRule {
  return {
    inputs: [1, 1],
    attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
    run({ attributes, finish, inputs }) {
      const axis = attributes.get('axis', 'int', 0);
      const last = attributes.get('select_last_index', 'int', 0) !== 0;
      const keepDims = attributes.get('keepdims', 'int', 1) !== 0;
      finish(op, inputs, { axis, keepDims, ...(last && { selectLastIndex: true }) });
    },
  };
}

export const reduceImports: ImportRules = {
  ReduceSum: reduction('reduceSum', 13),
  ReduceMean: reduction('reduceMean'),
  ReduceMax: reduction('reduceMax'),
  ReduceMin: reduction('reduceMin'),
  ReduceProd: reduction('reduceProd'),
  ReduceL1: reduction('reduceL1'),
  ReduceL2: reduction('reduceL2'),
  ReduceLogSum: reduction('reduceLogSum'),
  ReduceLogSumExp: reduction('reduceLogSumExp'),
  ReduceSumSquare: reduction('reduceSumSquare'),
  ArgMax: position('argMax'),
  ArgMin: position('argMin'),
};

function keepDims(node: ExportNode) {
  return { keepdims: flag(boolean(node.attributes, 'keepDims')) };
}

/** At opset 17 all reductions but ReduceSum still have their axes as an attribute, where none always means all. */
function reduceByAttribute(opType: string): ExportRule {
  return (node) => {
    const { axes } = node.attributes;
    if (!Array.isArray(axes)) return node.reject(`axes that follow from a value: ${opType} of opset 17 wants numbers`);
    if (axes.length === 0 && boolean(node.attributes, 'noopWithEmptyAxes')) return exportNoop(node, opType);
    node.finish(opType, node.inputs, { ...(axes.length > 0 && { axes: ints(axes) }), ...keepDims(node) });
  };
}

/** Each element by itself: reduced over an axis of 1 that is put behind the others. */
function exportNoop(node: ExportNode, opType: string): void {
  const rank = node.shape(node.inputs[0]).length;
  const last = node.emit('Unsqueeze', [node.inputs[0], node.integers('axes', [rank])]);
  node.finish(opType, [last], { axes: ints([rank]), keepdims: flag(false) });
}

function exportPosition(opType: string): ExportRule {
  return (node) => {
    const last = flag(boolean(node.attributes, 'selectLastIndex'));
    node.finish(opType, node.inputs, {
      axis: int(number(node.attributes, 'axis')),
      ...keepDims(node),
      select_last_index: last,
    });
  };
}

export const reduceExports: ExportRules = {
  reduceSum(node) {
    const { axes } = node.attributes;
    const none = Array.isArray(axes) && axes.length === 0;
    const noop = boolean(node.attributes, 'noopWithEmptyAxes');
    const inputs = none ? node.inputs : [node.inputs[0], node.list('axes')];
    node.finish('ReduceSum', inputs, { ...keepDims(node), ...(noop && { noop_with_empty_axes: flag(true) }) });
  },
  reduceMean: reduceByAttribute('ReduceMean'),
  reduceMax: reduceByAttribute('ReduceMax'),
  reduceMin: reduceByAttribute('ReduceMin'),
  reduceProd: reduceByAttribute('ReduceProd'),
  reduceL1: reduceByAttribute('ReduceL1'),
  reduceL2: reduceByAttribute('ReduceL2'),
  reduceLogSum: reduceByAttribute('ReduceLogSum'),
  reduceLogSumExp: reduceByAttribute('ReduceLogSumExp'),
  reduceSumSquare: reduceByAttribute('ReduceSumSquare'),
  argMax: exportPosition('ArgMax'),
  argMin: exportPosition('ArgMin'),
};
