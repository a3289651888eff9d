/** Comparisons, logic, questions, and whole numbers as bits. */
import type { DType } from '../../core/dtype.ts';
import { boolean, string } from '../../ops/op.ts';
import { flag, int } from '../attributes.ts';
import { exportType } from '../data-types.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { type SameRows, sameExports, sameImports } from './same.ts';

const same: SameRows = {
  equal: { onnx: 'Equal', inputs: 2, aligned: true },
  less: { onnx: 'Less', inputs: 2, aligned: true },
  greater: { onnx: 'Greater', inputs: 2, aligned: true },
  lessOrEqual: { onnx: 'LessOrEqual', since: 12, inputs: 2 },
  greaterOrEqual: { onnx: 'GreaterOrEqual', since: 12, inputs: 2 },
  and: { onnx: 'And', inputs: 2, aligned: true },
  or: { onnx: 'Or', inputs: 2, aligned: true },
  xor: { onnx: 'Xor', inputs: 2, aligned: true },
  not: { onnx: 'Not', since: 1, inputs: 1 },
  isNaN: { onnx: 'IsNaN', since: 9, inputs: 1 },
};

/** Newer than the opset that is written. */
const bitwise: SameRows = {
  bitwiseAnd: { onnx: 'BitwiseAnd', since: 18, inputs: 2 },
  bitwiseOr: { onnx: 'BitwiseOr', since: 18, inputs: 2 },
  bitwiseXor: { onnx: 'BitwiseXor', since: 18, inputs: 2 },
  bitwiseNot: { onnx: 'BitwiseNot', since: 18, inputs: 1 },
};

function importBitShift(node: ImportNode): void {
  const direction = node.attributes.get('direction', 'string');
  if (direction !== 'LEFT' && direction !== 'RIGHT') node.reject(`want direction among LEFT, RIGHT, got ${direction}`);
  node.finish('bitShift', node.inputs, { direction: direction.toLowerCase() });
}

export const logicalImports: ImportRules = {
  ...sameImports(same),
  ...sameImports(bitwise),
  IsInf: {
    since: 10,
    inputs: [1, 1],
    attributes: { detect_negative: 'int', detect_positive: 'int' },
    run: (node) =>
      node.finish('isInf', node.inputs, {
        negative: node.attributes.get('detect_negative', 'int', 1) !== 0,
        positive: node.attributes.get('detect_positive', 'int', 1) !== 0,
      }),
  },
  BitShift: { since: 11, inputs: [2, 2], attributes: { direction: 'string' }, run: importBitShift },
};

/** Types whose numbers, and 2 to the power of their bits, int64 holds. */
const narrow: Readonly<Partial<Record<DType, number>>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
};

/**
 * The opset that is written has no bits, so they are made: bit i of x is x mod 2^(i + 1) >= 2^i, on an axis of their own,
 * where logic works; the results are powers of two again, summed.
 */
function exportBitwise(logic: 'And' | 'Or' | 'Xor'): (node: ExportNode) => void {
  return (node) => {
    const dtype = node.dtype(node.outputs[0]);
    const count = narrow[dtype];
    if (count === undefined)
      return node.reject(`opset 17 has no Bitwise${logic}, and ${dtype} is too wide to do without`);
    const powers = Array.from({ length: count + 1 }, (_, i) => 2 ** i);
    const units = node.integers('units', powers.slice(0, -1));
    const moduli = node.integers('moduli', powers.slice(1));
    const last = node.integers('last', [-1]);
    const wide = { to: int(exportType('int64')) };
    const bits = node.inputs.map((x) => {
      const column = node.emit('Unsqueeze', [node.emit('Cast', [x], wide), last]);
      return node.emit('GreaterOrEqual', [node.emit('Mod', [column, moduli]), units]);
    });
    const weighed = node.emit('Mul', [node.emit('Cast', [node.emit(logic, bits)], wide), units]);
    const sum = node.emit('ReduceSum', [weighed, last], { keepdims: flag(false) });
    node.finish('Cast', [sum], { to: int(exportType(dtype)) });
  };
}

export const logicalExports: ExportRules = {
  ...sameExports(same),
  bitwiseAnd: exportBitwise('And'),
  bitwiseOr: exportBitwise('Or'),
  bitwiseXor: exportBitwise('Xor'),
  bitwiseNot(node) {
    const [x] = node.inputs;
    const dtype = node.dtype(x);
    if (dtype === 'uint64') return node.reject('opset 17 has no BitwiseNot, and uint64 is too wide to do without');
    const ones = dtype.startsWith('uint') ? 2 ** (narrow[dtype] ?? 0) - 1 : -1;
    node.finish('Sub', [node.scalar(ones, dtype), x]);
  },
  isInf: (node) =>
    node.finish('IsInf', node.inputs, {
      detect_negative: flag(boolean(node.attributes, 'negative')),
      detect_positive: flag(boolean(node.attributes, 'positive')),
    }),
  bitShift: (node) =>
    node.finish('BitShift', node.inputs, {
      direction: { s: new TextEncoder().encode(string(node.attributes, 'direction').toUpperCase()), type: 3 },
    }),
};
