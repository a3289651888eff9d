/** Ops of one element at a time: arithmetic, comparisons, functions, activations. */
import { type DType, fromDoubles, isInteger, toDoubles } from '../../core/dtype.ts';
import { number } from '../../ops/op.ts';
import { float } from '../attributes.ts';
import type { ExportNode, ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

/** ONNX name by ours, for ops that are the same in both: two inputs, then one. */
const binary: Readonly<Record<string, string>> = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  equal: 'Equal',
  less: 'Less',
  greater: 'Greater',
};

const unary: Readonly<Record<string, string>> = {
  neg: 'Neg',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  abs: 'Abs',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  reciprocal: 'Reciprocal',
  erf: 'Erf',
  sign: 'Sign',
  hardSwish: 'HardSwish',
};

const since: Readonly<Record<string, number>> = { Erf: 9, Sign: 9, HardSwish: 14 };

function sameImports(names: Readonly<Record<string, string>>, inputs: number): ImportRules {
  return Object.fromEntries(
    Object.entries(names).map(([ours, onnx]): [string, ImportRule] => [
      onnx,
      {
        ...(since[onnx] !== undefined && { since: since[onnx] }),
        inputs: [inputs, inputs],
        run: (node) => node.finish(ours, node.inputs),
      },
    ]),
  );
}

function sameExports(names: Readonly<Record<string, string>>): ExportRules {
  return Object.fromEntries(
    Object.entries(names).map(([ours, onnx]): [string, ExportRule] => [ours, (node) => node.finish(onnx, node.inputs)]),
  );
}

/** Max and Min take any number of inputs; ours take two. */
function variadic(op: 'max' | 'min'): ImportRule {
  return {
    inputs: [1, Number.POSITIVE_INFINITY],
    run(node) {
      const { inputs } = node;
      if (inputs.length === 1) return node.same(inputs[0]);
      const folded = inputs.slice(1, -1).reduce((left, right) => node.emit(op, [left, right]), inputs[0]);
      node.finish(op, [folded, inputs[inputs.length - 1]]);
    },
  };
}

/** ONNX lets the exponent have a type of its own: it is brought to that of the base, which is the result's. */
function importPow(node: ImportNode) {
  const [base, exponent] = node.inputs;
  const [want, got] = [node.dtype(base), node.dtype(exponent)];
  if (want === undefined || got === undefined || want === got) return node.finish('pow', node.inputs);
  const constant = node.constantOf(exponent);
  if (constant?.encoding !== 'dense') return node.finish('pow', [base, node.emit('cast', [exponent], { to: want })]);
  const data = fromDoubles(want, toDoubles(constant.data));
  node.finish('pow', [
    base,
    node.constant(`${exponent}.${want}`, { encoding: 'dense', dtype: want, shape: constant.shape, data }),
  ]);
}

/**
 * Bounds are attributes before opset 11, then inputs. An absent one is infinite: ONNX says the greatest finite number, which
 * differs for infinities alone.
 */
function importClip(node: ImportNode): void {
  const { attributes, opset } = node;
  const bound = (index: number, name: 'min' | 'max', infinite: number) => {
    if (opset < 11) return attributes.get(name, 'float', infinite);
    if (attributes.has(name)) node.reject(`want ${name} as an input from opset 11 on, got an attribute`);
    return node.hasInput(index) ? node.scalar(index, name) : infinite;
  };
  const min = bound(1, 'min', Number.NEGATIVE_INFINITY);
  const max = bound(2, 'max', Number.POSITIVE_INFINITY);
  node.finish('clip', [node.inputs[0]], { min, max });
}

function importGelu(node: ImportNode): void {
  const approximate = node.attributes.get('approximate', 'string', 'none');
  if (approximate !== 'none' && approximate !== 'tanh')
    node.reject(`want approximate among none, tanh, got ${approximate}`);
  node.finish('gelu', node.inputs, { approximate });
}

export const elementwiseImports: ImportRules = {
  ...sameImports(binary, 2),
  ...sameImports(unary, 1),
  Max: variadic('max'),
  Min: variadic('min'),
  Pow: { inputs: [2, 2], run: importPow },
  LeakyRelu: {
    inputs: [1, 1],
    attributes: { alpha: 'float' },
    run: (node) => node.finish('leakyRelu', node.inputs, { alpha: node.attributes.get('alpha', 'float', 0.01) }),
  },
  Clip: { inputs: [1, 3], attributes: { min: 'float', max: 'float' }, run: importClip },
  Gelu: { since: 20, inputs: [1, 1], attributes: { approximate: 'string' }, run: importGelu },
  Where: { since: 9, inputs: [3, 3], run: (node) => node.finish('where', node.inputs) },
};

/** Contributed by onnxruntime's domain com.microsoft. */
export const microsoftImports: ImportRules = {
  Gelu: { inputs: [1, 1], run: (node) => node.finish('gelu', node.inputs, { approximate: 'none' }) },
};

/**
 * Bounds of a Clip node as inputs. To ONNX an absent bound is the greatest finite number, so infinite ones are written out;
 * integers have none, and there an absent bound is the same.
 */
export function clipBounds(node: ExportNode, min: number, max: number, dtype: DType): string[] {
  return [min, max].map((bound) => (!Number.isFinite(bound) && isInteger(dtype) ? '' : node.scalar(bound, dtype)));
}

function exportClip(node: ExportNode): void {
  const [x] = node.inputs;
  const bounds = clipBounds(node, number(node.attributes, 'min'), number(node.attributes, 'max'), node.dtype(x));
  node.finish('Clip', [x, ...bounds]);
}

/** Opset 17 has no Gelu: x/2 * (1 + erf(x / sqrt 2)), or x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). */
function exportGelu(node: ExportNode): void {
  const [x] = node.inputs;
  const constant = (value: number) => node.scalar(value, node.dtype(x));
  let curve: string;
  if (node.attributes.approximate === 'tanh') {
    const square = node.emit('Mul', [x, x]);
    const cubic = node.emit('Mul', [node.emit('Mul', [square, x]), constant(0.044715)]);
    const scaled = node.emit('Mul', [node.emit('Add', [x, cubic]), constant(Math.sqrt(2 / Math.PI))]);
    curve = node.emit('Tanh', [scaled]);
  } else {
    curve = node.emit('Erf', [node.emit('Div', [x, constant(Math.SQRT2)])]);
  }
  const doubled = node.emit('Mul', [x, node.emit('Add', [curve, constant(1)])]);
  node.finish('Mul', [doubled, constant(0.5)]);
}

export const elementwiseExports: ExportRules = {
  ...sameExports(binary),
  ...sameExports(unary),
  ...sameExports({ max: 'Max', min: 'Min', pow: 'Pow', where: 'Where' }),
  leakyRelu: (node) => node.finish('LeakyRelu', node.inputs, { alpha: float(number(node.attributes, 'alpha')) }),
  clip: exportClip,
  gelu: exportGelu,
};
