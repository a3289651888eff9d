/** Ops that pick, place or count elements by indices or conditions, and those that make numbers from nothing. */
import { isDType } from '../../core/dtype.ts';
import { boolean, number, string } from '../../ops/op.ts';
import { flag, int, text } from '../attributes.ts';
import { exportType, importType } from '../data-types.ts';
import type { ExportNode, ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';
import { readTensor } from '../tensor.ts';

/** An op with an axis whose inputs are those of ONNX. */
function alongAxis(op: string, inputs: number, since?: number): ImportRule {
  return {
    ...(since !== undefined && { since }),
    inputs: [inputs, inputs],
    attributes: { axis: 'int' },
    run: (node) => node.finish(op, node.inputs, { axis: node.attributes.get('axis', 'int', 0) }),
  };
}

const reductions = ['none', 'add', 'mul', 'max', 'min'];

function reductionOf(node: ImportNode): string {
  const reduction = node.attributes.get('reduction', 'string', 'none');
  if (!reductions.includes(reduction)) node.reject(`want a reduction among ${reductions.join(', ')}, got ${reduction}`);
  return reduction;
}

/** Without an axis it is the flattened tensor that is meant. */
function flatOr(node: ImportNode): { readonly x: string; readonly axis: number } {
  const [x] = node.inputs;
  if (node.attributes.has('axis')) return { x, axis: node.attributes.get('axis', 'int') };
  return { x: node.emit('reshape', [x], { shape: [-1] }), axis: 0 };
}

/** Its element type is that of its inputs, of which one that is known will do. */
function importRange(node: ImportNode) {
  const type = node.inputs.map((input) => node.dtype(input)).find((dtype) => dtype !== undefined);
  if (type === undefined) return node.reject('want inputs whose element type follows from the file');
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((name, i) => node.one(i, name));
  node.finish('range', [], { start, limit, delta, type });
}

/** One number, everywhere. */
function importConstantOfShape(node: ImportNode) {
  const value = node.attributes.has('value')
    ? readTensor(node.attributes.get('value', 'tensor'), `${node.label}, attribute value`)
    : ({ encoding: 'dense', dtype: 'float32', shape: [], data: new Float32Array(1) } as const);
  if (value.data.length !== 1) node.reject(`want a value of one element, got ${value.data.length}`);
  const scalar = node.constant(`${node.outputs[0]}.value`, { ...value, shape: [] });
  node.finish('expand', [scalar], { shape: node.list(0, 'shape') });
}

/** k is an attribute before opset 10. The order that `sorted` 0 leaves open is kept anyway. */
function importTopK(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  if (opset < 10 ? node.hasInput(1) : attributes.has('k'))
    node.reject(`want k as an ${opset < 10 ? 'attribute' : 'input'} with opset ${opset}`);
  const k = opset < 10 ? attributes.get('k', 'int') : node.one(1, 'k');
  const largest = attributes.get('largest', 'int', 1) !== 0;
  node.finish('topK', [inputs[0]], { k, axis: attributes.get('axis', 'int', -1), largest });
}

function importEyeLike(node: ImportNode) {
  const { attributes } = node;
  const type = attributes.has('dtype')
    ? importType(attributes.get('dtype', 'int'), `${node.label}, attribute dtype`)
    : '';
  node.finish('eyeLike', node.inputs, { k: attributes.get('k', 'int', 0), type });
}

export const indexingImports: ImportRules = {
  Gather: alongAxis('gather', 2),
  GatherElements: alongAxis('gatherElements', 2, 11),
  Scatter: alongAxis('scatterElements', 3, 9),
  ScatterElements: {
    since: 11,
    inputs: [3, 3],
    attributes: { axis: 'int', reduction: 'string' },
    run(node) {
      const axis = node.attributes.get('axis', 'int', 0);
      node.finish('scatterElements', node.inputs, { axis, reduction: reductionOf(node) });
    },
  },
  GatherND: {
    since: 11,
    inputs: [2, 2],
    attributes: { batch_dims: 'int' },
    run: (node) => node.finish('gatherND', node.inputs, { batchDims: node.attributes.get('batch_dims', 'int', 0) }),
  },
  ScatterND: {
    since: 11,
    inputs: [3, 3],
    attributes: { reduction: 'string' },
    run: (node) => node.finish('scatterND', node.inputs, { reduction: reductionOf(node) }),
  },
  OneHot: {
    since: 9,
    inputs: [3, 3],
    attributes: { axis: 'int' },
    run(node) {
      const [indices, , values] = node.inputs;
      const depth = node.one(1, 'depth');
      node.finish('oneHot', [indices, values], { depth, axis: node.attributes.get('axis', 'int', -1) });
    },
  },
  NonZero: { since: 9, inputs: [1, 1], run: (node) => node.finish('nonZero', node.inputs) },
  Compress: {
    since: 9,
    inputs: [2, 2],
    attributes: { axis: 'int' },
    run(node) {
      const { x, axis } = flatOr(node);
      node.finish('compress', [x, node.inputs[1]], { axis });
    },
  },
  Unique: {
    since: 11,
    inputs: [1, 1],
    outputs: 4,
    attributes: { axis: 'int', sorted: 'int' },
    run(node) {
      const { x, axis } = flatOr(node);
      node.finish('unique', [x], { axis, sorted: node.attributes.get('sorted', 'int', 1) !== 0 });
    },
  },
  TopK: {
    inputs: [1, 2],
    outputs: 2,
    attributes: { axis: 'int', k: 'int', largest: 'int', sorted: 'int' },
    run: importTopK,
  },
  Range: { since: 11, inputs: [3, 3], run: importRange },
  ConstantOfShape: { since: 9, inputs: [1, 1], attributes: { value: 'tensor' }, run: importConstantOfShape },
  EyeLike: { since: 9, inputs: [1, 1], attributes: { dtype: 'int', k: 'int' }, run: importEyeLike },
};

function exportAlong(opType: string): ExportRule {
  return (node) => node.finish(opType, node.inputs, { axis: int(number(node.attributes, 'axis')) });
}

function reductionAttribute(node: ExportNode) {
  const reduction = string(node.attributes, 'reduction');
  if (reduction === 'max' || reduction === 'min')
    return node.reject(`the reduction ${reduction} came with opset 18, models are written in 17`);
  return { reduction: text(reduction) };
}

export const indexingExports: ExportRules = {
  gather: exportAlong('Gather'),
  gatherElements: exportAlong('GatherElements'),
  scatterElements: (node) =>
    node.finish('ScatterElements', node.inputs, {
      axis: int(number(node.attributes, 'axis')),
      ...reductionAttribute(node),
    }),
  gatherND: (node) => node.finish('GatherND', node.inputs, { batch_dims: int(number(node.attributes, 'batchDims')) }),
  scatterND: (node) => node.finish('ScatterND', node.inputs, reductionAttribute(node)),
  oneHot(node) {
    const [indices, values] = node.inputs;
    const axis = int(number(node.attributes, 'axis'));
    node.finish('OneHot', [indices, node.one('depth', 'int64'), values], { axis });
  },
  nonZero: (node) => node.finish('NonZero', node.inputs),
  compress: exportAlong('Compress'),
  unique: (node) =>
    node.finish('Unique', node.inputs, {
      axis: int(number(node.attributes, 'axis')),
      sorted: flag(boolean(node.attributes, 'sorted')),
    }),
  topK(node) {
    const { k } = node.attributes;
    // ONNX wants a list of one.
    const count = typeof k === 'number' ? node.integers('k', [k]) : node.one('k', 'int64');
    node.finish('TopK', [node.inputs[0], count], {
      axis: int(number(node.attributes, 'axis')),
      largest: flag(boolean(node.attributes, 'largest')),
    });
  },
  range(node) {
    const type = string(node.attributes, 'type');
    if (!isDType(type)) return node.reject(`want an element type, got ${type}`);
    node.finish(
      'Range',
      ['start', 'limit', 'delta'].map((name) => node.one(name, type)),
    );
  },
  eyeLike(node) {
    const type = string(node.attributes, 'type');
    node.finish('EyeLike', node.inputs, {
      k: int(number(node.attributes, 'k')),
      ...(isDType(type) && { dtype: int(exportType(type)) }),
    });
  },
};
