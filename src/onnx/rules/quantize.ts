/** Quantization, and products of quantized numbers. */
import type { DType } from '../../core/dtype.ts';
import { limitsOf } from '../../ops/limits.ts';
import { number, numbers, string } from '../../ops/op.ts';
import { int, ints, text } from '../attributes.ts';
import { exportType, importType } from '../data-types.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

/** Axis and blocks count only where the scale is no scalar; before opset 13 it always is one. */
function settings({ attributes }: ImportNode) {
  return { axis: attributes.get('axis', 'int', 1), blockSize: attributes.get('block_size', 'int', 0) };
}

function importQuantize(node: ImportNode): void {
  const { attributes } = node;
  // What a float8 does beyond its range; such types are refused where they are read.
  attributes.get('saturate', 'int', 1);
  const asked = attributes.get('output_dtype', 'int', 0);
  const to = asked === 0 ? {} : { to: importType(asked, `${node.label}: output_dtype`) };
  node.finish('quantizeLinear', node.inputs, { ...settings(node), ...to });
}

const quantize: ImportRule = {
  inputs: [2, 3],
  attributes: { axis: 'int', block_size: 'int', saturate: 'int', output_dtype: 'int' },
  run: importQuantize,
};

const dequantize: ImportRule = {
  inputs: [2, 3],
  attributes: { axis: 'int', block_size: 'int' },
  run: (node) => node.finish('dequantizeLinear', node.inputs, settings(node)),
};

const paddings: Readonly<Record<string, string>> = {
  NOTSET: 'none',
  '': 'none',
  VALID: 'none',
  SAME_UPPER: 'sameUpper',
  SAME_LOWER: 'sameLower',
};

function conv(op: string, filter: number, inputs: readonly [number, number]): ImportRule {
  return {
    since: 10,
    inputs,
    attributes: {
      auto_pad: 'string',
      dilations: 'ints',
      group: 'int',
      kernel_shape: 'ints',
      pads: 'ints',
      strides: 'ints',
    },
    run(node) {
      const { attributes } = node;
      const list = (name: string) => attributes.get(name, 'ints', []);
      const kernel = node.shape(node.inputs[filter])?.slice(2);
      const told = list('kernel_shape');
      if (told.length > 0 && kernel?.some((extent, i) => extent !== undefined && extent !== told[i]))
        node.reject(`want a kernel_shape like its filter [${kernel.join(', ')}], got [${told.join(', ')}]`);
      const auto = attributes.get('auto_pad', 'string', 'NOTSET');
      const autoPad =
        paddings[auto] ?? node.reject(`want auto_pad among NOTSET, VALID, SAME_UPPER, SAME_LOWER, got ${auto}`);
      node.finish(op, node.inputs, {
        strides: list('strides'),
        pads: auto === 'NOTSET' || auto === '' ? list('pads') : [],
        dilations: list('dilations'),
        group: attributes.get('group', 'int', 1),
        autoPad,
      });
    },
  };
}

function same(op: string, inputs: readonly [number, number], more: Partial<ImportRule> = {}): ImportRule {
  return { since: 10, inputs, ...more, run: (node) => node.finish(op, node.inputs) };
}

export const quantizeImports: ImportRules = {
  QuantizeLinear: { ...quantize, since: 10 },
  DequantizeLinear: { ...dequantize, since: 10 },
  DynamicQuantizeLinear: same('dynamicQuantizeLinear', [1, 1], { since: 11, outputs: 3 }),
  MatMulInteger: same('matmulInteger', [2, 4]),
  QLinearMatMul: same('qlinearMatmul', [8, 8]),
  ConvInteger: conv('convInteger', 1, [2, 4]),
  QLinearConv: conv('qlinearConv', 3, [8, 9]),
};

/** onnxruntime's own, which took 16 bits earlier. */
export const microsoftQuantizeImports: ImportRules = { QuantizeLinear: quantize, DequantizeLinear: dequantize };

/** Types of which opset 17 has no quantized tensors. */
const late = new Set(['int16', 'uint16']);

function exportScaled(opType: string, expanded: (node: ExportNode) => void) {
  return (node: ExportNode) => {
    const { attributes, inputs } = node;
    const types = [inputs[0], node.outputs[0]].map((value) => node.dtype(value));
    if (number(attributes, 'blockSize') !== 0 || types.some((dtype) => late.has(dtype))) return expanded(node);
    const to = attributes.to === undefined ? '' : string(attributes, 'to');
    // Opset 17 tells the result's type by the zero point alone.
    const typed = to === 'int8' && !node.hasInput(2) ? [...inputs, zeroLike(node)] : inputs;
    node.finish(opType, typed, { axis: int(number(attributes, 'axis')) });
  };
}

/** Scale, or zero point as floats, in a shape that broadcasts to x. */
function parameter(node: ExportNode, value: string): string {
  const shape = node.shape(node.inputs[0]);
  const own = node.shape(value);
  const size = number(node.attributes, 'blockSize');
  const told = number(node.attributes, 'axis');
  const axis = told < 0 ? told + shape.length : told;
  if (own.length === 0) return value;
  if (size === 0) {
    const axes = shape.flatMap((_, i) => (i === axis ? [] : [i]));
    return own[0] === 1 ? value : node.emit('Unsqueeze', [value, node.integers('axes', axes)]);
  }
  if (typeof shape[axis] !== 'number' || own.some((extent) => typeof extent !== 'number'))
    return node.reject(`blocks along an open extent: opset 17 has no blocks, and to write them out takes numbers`);
  const extents = own as readonly number[];
  // [..., blocks, ...] as [..., blocks, 1, ...], repeated to [..., blocks, size, ...], and cut where the last block ends early.
  const apart = node.emit('Unsqueeze', [value, node.integers('axes', [axis + 1])]);
  const repeated = extents.toSpliced(axis + 1, 0, size);
  const expanded = node.emit('Expand', [apart, node.integers('shape', repeated)]);
  const joined = node.integers('shape', extents.with(axis, extents[axis] * size));
  const whole = node.emit('Reshape', [expanded, joined]);
  const [from, to, along] = [[0], [shape[axis]], [axis]].map((list) => node.integers('bound', list));
  return node.emit('Slice', [whole, from, to, along]);
}

const castTo = (node: ExportNode, value: string, dtype: DType) =>
  node.emit('Cast', [value], { to: int(exportType(dtype)) });

/** (x - zero) · scale */
function expandDequantize(node: ExportNode): void {
  const [x, scale, zero] = node.inputs;
  const dtype = node.dtype(scale);
  const float = castTo(node, x, dtype);
  const centred = node.hasInput(2) ? node.emit('Sub', [float, castTo(node, parameter(node, zero), dtype)]) : float;
  node.finish('Mul', [centred, parameter(node, scale)]);
}

/** round(x / scale) + zero, cut to what the type holds. */
function expandQuantize(node: ExportNode): void {
  const [x, scale, zero] = node.inputs;
  const [dtype, to] = [node.dtype(scale), node.dtype(node.outputs[0])];
  const float = node.dtype(x) === dtype ? x : castTo(node, x, dtype);
  const rounded = node.emit('Round', [node.emit('Div', [float, parameter(node, scale)])]);
  const moved = node.hasInput(2) ? node.emit('Add', [rounded, castTo(node, parameter(node, zero), dtype)]) : rounded;
  const { lowest, highest } = limitsOf(to);
  const cut = node.emit('Clip', [moved, node.scalar(lowest, dtype), node.scalar(highest, dtype)]);
  node.finish('Cast', [cut], { to: int(exportType(to)) });
}

function zeroLike(node: ExportNode): string {
  const zero = node.scalar(0, 'int8');
  return node.shape(node.inputs[1]).length === 0
    ? zero
    : node.emit('Expand', [zero, node.emit('Shape', [node.inputs[1]])]);
}

const onnxPaddings: Readonly<Record<string, string>> = { sameUpper: 'SAME_UPPER', sameLower: 'SAME_LOWER' };

function exportConv(opType: string) {
  return (node: ExportNode): void => {
    const list = (name: string) => {
      const values = numbers(node.attributes, name);
      return values.length > 0 ? { [name]: ints(values) } : {};
    };
    const autoPad = onnxPaddings[string(node.attributes, 'autoPad')];
    node.finish(opType, node.inputs, {
      ...list('strides'),
      ...(autoPad ? { auto_pad: text(autoPad) } : list('pads')),
      ...list('dilations'),
      group: int(number(node.attributes, 'group')),
    });
  };
}

export const quantizeExports: ExportRules = {
  quantizeLinear: exportScaled('QuantizeLinear', expandQuantize),
  dequantizeLinear: exportScaled('DequantizeLinear', expandDequantize),
  dynamicQuantizeLinear: (node) => node.finish('DynamicQuantizeLinear', node.inputs),
  matmulInteger: (node) => node.finish('MatMulInteger', node.inputs),
  qlinearMatmul: (node) => node.finish('QLinearMatMul', node.inputs),
  convInteger: exportConv('ConvInteger'),
  qlinearConv: exportConv('QLinearConv'),
};
