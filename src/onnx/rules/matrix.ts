/** Products of matrices: MatMul, Gemm and FusedMatMul; Det. */
import { fromDoubles, isInteger } from '../../core/dtype.ts';
import { type Dim, sizeOf } from '../../core/shape.ts';
import type { DenseConstant } from '../../formats/constant.ts';
import { boolean } from '../../ops/op.ts';
import { flag, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { finishWithEpilogue } from './epilogue.ts';

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
  if (!withC) return node.finish('mul', [product, factor(node, 'alpha', alpha)]);
  const scaled = alpha === 1 ? product : node.emit('mul', [product, factor(node, 'alpha', alpha)]);
  const added = beta === 1 ? c : node.emit('mul', [c, factor(node, 'beta', beta)]);
  node.finish('add', [scaled, added]);
}

/** alpha or beta as a constant of the operands' type. */
function factor(node: ImportNode, name: string, value: number): string {
  const dtype = node.dtype(node.inputs[0]) ?? 'float32';
  if (dtype === 'float32') return node.number(value);
  if (isInteger(dtype) && !Number.isInteger(value))
    node.reject(`want ${name} as a whole number for ${dtype}, got ${value}`);
  return node.constant(`${node.outputs[0]}.${name}`, {
    encoding: 'dense',
    dtype,
    shape: [],
    data: fromDoubles(dtype, [value]),
  });
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
    // Before opset 7 `broadcast` said that C is repeated, as it is now wherever it has to be.
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int', broadcast: 'int' },
    run: importGemm,
  },
  Det: { since: 11, inputs: [1, 1], run: (node) => node.finish('det', node.inputs) },
};

/** Y = alpha * A' * B'. With transBatch the first axis of an operand stands before its last one, behind the others. */
function importFusedMatMul(node: ImportNode) {
  const { attributes } = node;
  const told = (name: string) => attributes.get(name, 'int', 0) !== 0;
  const operand = (index: number, transBatch: boolean) => {
    const value = node.inputs[index];
    if (!transBatch) return value;
    const rank =
      node.shape(value)?.length ?? node.reject('want operands of known rank for transBatch, got an open one');
    return node.emit('transpose', [value], {
      perm: [...Array.from({ length: rank - 2 }, (_, i) => i + 1), 0, rank - 1],
    });
  };
  const [transposeA, transposeB] = [told('transA'), told('transB')];
  const a = operand(0, told('transBatchA'));
  const b = operand(1, told('transBatchB'));
  const alpha = attributes.get('alpha', 'float', 1);
  if (alpha === 1) return node.finish('matmul', [a, b], { transposeA, transposeB });
  node.finish('mul', [node.emit('matmul', [a, b], { transposeA, transposeB }), factor(node, 'alpha', alpha)]);
}

export const microsoftMatrixImports: ImportRules = {
  FusedMatMul: {
    inputs: [2, 2],
    attributes: { alpha: 'float', transA: 'int', transB: 'int', transBatchA: 'int', transBatchB: 'int' },
    run: importFusedMatMul,
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
    return finishWithEpilogue(node, 'Gemm', withBias ? [a, b, bias] : [a, b], settings);
  }
  const left = transposeA ? swapLastAxes(node, a, aShape) : a;
  const right = transposeB ? swapLastAxes(node, b, bShape) : b;
  if (!withBias) return finishWithEpilogue(node, 'MatMul', [left, right]);
  finishWithEpilogue(node, 'Add', [node.emit('MatMul', [left, right]), bias]);
}

/** A 2-D constant is written swapped, so that a weight stays a constant; anything else goes through Transpose. */
function swapLastAxes(node: ExportNode, value: string, shape: readonly Dim[]): string {
  if (shape.length === 2 && node.constantOf(value)) return node.transposed(value);
  const axes = shape.map((_, axis) => axis);
  return node.emit('Transpose', [value], { perm: ints([...axes.slice(0, -2), axes.length - 1, axes.length - 2]) });
}

export const matrixExports: ExportRules = {
  matmul: exportMatmul,
  det: (node) => node.finish('Det', node.inputs),
};
