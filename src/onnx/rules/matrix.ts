/** MatMul and Gemm. */
import { type Dim, sizeOf } from '../../core/shape.ts';
import type { DenseConstant } from '../../formats/constant.ts';
import { boolean, number } from '../../ops/op.ts';
import { flag, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { clipBounds } from './elementwise.ts';

/** A vector operand is a matrix of one row (left) or column (right) whose extra axis is dropped from the product again. */
function importMatMul(node: ImportNode) {
  const [a, b] = node.inputs;
  const aVector = node.shape(a)?.length === 1;
  const bVector = node.shape(b)?.length === 1;
  if (!aVector && !bVector) return node.finish('matmul', [a, b]);
  const left = aVector ? node.emit('unsqueeze', [a], { axes: [0] }) : a;
  const right = bVector ? node.emit('unsqueeze', [b], { axes: [1] }) : b;
  const product = node.emit('matmul', [left, right]);
  node.finish('squeeze', [product], { axes: [...(aVector ? [-2] : []), ...(bVector ? [-1] : [])] });
}

/** Y = alpha * A' * B' + beta * C. A C that is known to be one row is the bias of the product, otherwise it is added. */
function importGemm(node: ImportNode) {
  const { attributes } = node;
  const [a, b, c] = node.inputs;
  const alpha = attributes.get('alpha', 'float', 1);
  const beta = attributes.get('beta', 'float', 1);
  const settings = {
    transposeA: attributes.get('transA', 'int', 0) !== 0,
    transposeB: attributes.get('transB', 'int', 0) !== 0,
  };
  const withC = node.hasInput(2) && beta !== 0;
  const bias = withC && alpha === 1 ? biasOf(node, beta, settings.transposeB) : undefined;
  if (bias !== undefined) return node.finish('matmul', [a, b, bias], settings);
  if (alpha === 1 && !withC) return node.finish('matmul', [a, b], settings);
  const product = node.emit('matmul', [a, b], settings);
  if (!withC) return node.finish('mul', [product, node.number(alpha)]);
  const scaled = alpha === 1 ? product : node.emit('mul', [product, node.number(alpha)]);
  const added = beta === 1 ? c : node.emit('mul', [c, node.number(beta)]);
  node.finish('add', [scaled, added]);
}

/** beta * C as a bias [N]: C itself if it is [N] and beta is 1, or made from a constant C of N numbers in one row. */
function biasOf(node: ImportNode, beta: number, transposeB: boolean): string | undefined {
  const [, b, c] = node.inputs;
  const constant = node.constantOf(c);
  const n = node.shape(b)?.[transposeB ? 0 : 1];
  const shape = node.shape(c);
  if (beta === 1 && n !== undefined && shape?.length === 1 && shape[0] === n) return c;
  if (constant?.encoding !== 'dense' || n === undefined || constant.shape.at(-1) !== n || sizeOf(constant.shape) !== n)
    return undefined;
  if (!(constant.data instanceof Float32Array)) return undefined;
  const data = constant.data.map((value) => beta * value);
  const bias: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [n], data };
  return node.constant(`${c}.bias`, bias);
}

export const matrixImports: ImportRules = {
  MatMul: { inputs: [2, 2], run: importMatMul },
  Gemm: {
    inputs: [2, 3],
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
    run: importGemm,
  },
};

/** Two axes with transposes or a bias are a Gemm; otherwise transposes and the bias become nodes of their own. */
function exportMatmul(node: ExportNode) {
  const [a, b, bias] = node.inputs;
  const transposeA = boolean(node.attributes, 'transposeA');
  const transposeB = boolean(node.attributes, 'transposeB');
  const [aShape, bShape] = [node.shape(a), node.shape(b)];
  const withBias = node.hasInput(2);
  if (aShape.length === 2 && bShape.length === 2 && (transposeA || transposeB || withBias)) {
    const settings = { ...(transposeA && { transA: flag(true) }), ...(transposeB && { transB: flag(true) }) };
    return withActivation(node, 'Gemm', withBias ? [a, b, bias] : [a, b], settings);
  }
  const left = transposeA ? swapLastAxes(node, a, aShape) : a;
  const right = transposeB ? swapLastAxes(node, b, bShape) : b;
  if (!withBias) return withActivation(node, 'MatMul', [left, right]);
  withActivation(node, 'Add', [node.emit('MatMul', [left, right]), bias]);
}

/** A 2-D constant is written swapped, so that a weight stays a constant; anything else goes through Transpose. */
function swapLastAxes(node: ExportNode, value: string, shape: readonly Dim[]): string {
  if (shape.length === 2 && node.constantOf(value)) return node.transposed(value);
  const axes = shape.map((_, axis) => axis);
  return node.emit('Transpose', [value], { perm: ints([...axes.slice(0, -2), axes.length - 1, axes.length - 2]) });
}

/** Finishes with the given ONNX op, followed by the fused activation if there is one. */
export function withActivation(
  node: ExportNode,
  opType: string,
  inputs: readonly string[],
  attributes: Parameters<ExportNode['finish']>[2] = {},
) {
  const { activation } = node.attributes;
  if (activation === 'none') return node.finish(opType, inputs, attributes);
  const y = node.emit(opType, inputs, attributes);
  if (activation === 'relu') return node.finish('Relu', [y]);
  const [min, max] = [number(node.attributes, 'min'), number(node.attributes, 'max')];
  node.finish('Clip', [y, ...clipBounds(node, min, max, node.dtype(node.outputs[0]))]);
}

export const matrixExports: ExportRules = { matmul: exportMatmul };
