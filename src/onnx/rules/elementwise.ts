/** Ops of one element at a time: arithmetic, functions, and what logical.ts and activation.ts add. */
import { fromDoubles, toDoubles } from '../../core/dtype.ts';
import { boolean } from '../../ops/op.ts';
import { flag } from '../attributes.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';
import { activationExports, activationImports, microsoftActivationImports } from './activation.ts';
import { logicalExports, logicalImports } from './logical.ts';
import { alignedOperands, oldBroadcast, type SameRows, sameExports, sameImports } from './same.ts';

const same: SameRows = {
  add: { onnx: 'Add', inputs: 2, aligned: true },
  sub: { onnx: 'Sub', inputs: 2, aligned: true },
  mul: { onnx: 'Mul', inputs: 2, aligned: true },
  div: { onnx: 'Div', inputs: 2, aligned: true },
  where: { onnx: 'Where', since: 9, inputs: 3 },
  neg: { onnx: 'Neg', inputs: 1 },
  abs: { onnx: 'Abs', inputs: 1 },
  sign: { onnx: 'Sign', since: 9, inputs: 1 },
  reciprocal: { onnx: 'Reciprocal', inputs: 1 },
  exp: { onnx: 'Exp', inputs: 1 },
  log: { onnx: 'Log', inputs: 1 },
  sqrt: { onnx: 'Sqrt', inputs: 1 },
  erf: { onnx: 'Erf', since: 9, inputs: 1 },
  ceil: { onnx: 'Ceil', inputs: 1 },
  floor: { onnx: 'Floor', inputs: 1 },
  round: { onnx: 'Round', since: 11, inputs: 1 },
  sin: { onnx: 'Sin', inputs: 1 },
  cos: { onnx: 'Cos', inputs: 1 },
  tan: { onnx: 'Tan', inputs: 1 },
  asin: { onnx: 'Asin', inputs: 1 },
  acos: { onnx: 'Acos', inputs: 1 },
  atan: { onnx: 'Atan', inputs: 1 },
  sinh: { onnx: 'Sinh', since: 9, inputs: 1 },
  cosh: { onnx: 'Cosh', since: 9, inputs: 1 },
  asinh: { onnx: 'Asinh', since: 9, inputs: 1 },
  acosh: { onnx: 'Acosh', since: 9, inputs: 1 },
  atanh: { onnx: 'Atanh', since: 9, inputs: 1 },
};

/** Max, Min, Sum and Mean take any number of inputs; ours take two. */
function variadic(op: 'max' | 'min' | 'add', mean = false): ImportRule {
  return {
    inputs: [1, Number.POSITIVE_INFINITY],
    run(node) {
      const { inputs } = node;
      if (inputs.length === 1) return node.same(inputs[0]);
      const inner = mean ? inputs : inputs.slice(0, -1);
      const folded = inner.slice(1).reduce((left, right) => node.emit(op, [left, right]), inner[0]);
      if (mean) node.finish('div', [folded, scalarLike(node, inputs.length, inputs[0])]);
      else node.finish(op, [folded, inputs[inputs.length - 1]]);
    },
  };
}

/** A scalar constant of the type of `x`. */
function scalarLike(node: ImportNode, value: number, x: string): string {
  const dtype = node.dtype(x) ?? 'float32';
  if (dtype === 'float32') return node.number(value);
  const data = fromDoubles(dtype, [value]);
  return node.constant(`${dtype}(${value})`, { encoding: 'dense', dtype, shape: [], data });
}

/**
 * ONNX lets the exponent have a type of its own. For a base of float32 it is brought to that, which the kernel wants; to
 * others the type of the exponent matters: 4 to the power of 0.5 is 2 among whole numbers as well.
 */
function importPow(node: ImportNode) {
  const { attributes, opset } = node;
  const old = opset < 7 || attributes.has('axis') || attributes.has('broadcast');
  const [base, exponent] = old ? alignedOperands(node) : node.inputs;
  const [want, got] = [node.dtype(base), node.dtype(exponent)];
  if (want !== 'float32' || got === undefined || want === got) return node.finish('pow', [base, exponent]);
  const constant = node.constantOf(exponent);
  if (constant?.encoding !== 'dense') return node.finish('pow', [base, node.emit('cast', [exponent], { to: want })]);
  const data = fromDoubles(want, toDoubles(constant.data));
  node.finish('pow', [
    base,
    node.constant(`${exponent}.${want}`, { encoding: 'dense', dtype: want, shape: constant.shape, data }),
  ]);
}

export const elementwiseImports: ImportRules = {
  ...sameImports(same),
  ...logicalImports,
  ...activationImports,
  Max: variadic('max'),
  Min: variadic('min'),
  Sum: variadic('add'),
  Mean: variadic('add', true),
  Pow: { inputs: [2, 2], attributes: oldBroadcast, run: importPow },
  Mod: {
    since: 10,
    inputs: [2, 2],
    attributes: { fmod: 'int' },
    run: (node) => node.finish('mod', node.inputs, { fmod: node.attributes.get('fmod', 'int', 0) !== 0 }),
  },
};

/** Contributed by onnxruntime's domain com.microsoft. */
export const microsoftImports: ImportRules = microsoftActivationImports;

export const elementwiseExports: ExportRules = {
  ...sameExports(same),
  ...sameExports({
    max: { onnx: 'Max', inputs: 2 },
    min: { onnx: 'Min', inputs: 2 },
    pow: { onnx: 'Pow', inputs: 2 },
  }),
  ...logicalExports,
  ...activationExports,
  mod: (node) => node.finish('Mod', node.inputs, { fmod: flag(boolean(node.attributes, 'fmod')) }),
};
