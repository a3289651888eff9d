/**
 * How a node whose operands are transposed by `perm` runs on what they are transposed from: axis i of an operand is axis perm[i]
 * of what is behind it.
 */
import { copyOf } from '../core/dtype.ts';
import { normalizeAxis, sizeOf, stridesOf } from '../core/shape.ts';
import type { DenseConstant } from '../formats/constant.ts';
import type { Node } from '../graph/graph.ts';
import { attributesOf, isOpen } from '../ops/call.ts';
import { boolean, number, numbers } from '../ops/op.ts';
import { flatIndex, walk } from '../ops/walk.ts';

export type Perm = readonly number[];

/** The node behind the transposes: its attributes, and what its result is to be transposed by. */
export interface Behind {
  readonly attributes: Node['attributes'];
  readonly perm: Perm;
}

/** Functions of one element, and of several with broadcasting: attributes say nothing of axes. */
const elementwise = new Set([
  ...['abs', 'neg', 'sign', 'exp', 'log', 'sqrt', 'reciprocal', 'erf', 'relu', 'leakyRelu', 'gelu', 'sigmoid', 'tanh'],
  ...['hardSwish', 'hardSigmoid', 'thresholdedRelu', 'clip', 'elu', 'selu', 'celu', 'softplus', 'softsign', 'mish'],
  ...['swish', 'floor', 'ceil', 'round', 'cast', 'not', 'sin', 'cos'],
  ...['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'equal', 'less', 'greater', 'lessOrEqual', 'greaterOrEqual'],
  ...['where', 'and', 'or', 'prelu'],
]);
const alongAxis = new Set(['concat', 'softmax', 'logSoftmax']);
const reductions = new Set([
  ...['reduceSum', 'reduceMean', 'reduceMax', 'reduceMin', 'reduceProd', 'reduceL1', 'reduceL2', 'reduceSumSquare'],
]);

/** Whether constants among the operands are broadcast, and so may be transposed as well. */
export function broadcasts(node: Node): boolean {
  return elementwise.has(node.op);
}

/** How the node runs behind transposes of all its operands by `perm`; undefined where it cannot. */
export function behind(node: Node, perm: Perm): Behind | undefined {
  if (isOpen(node) || node.outputs.length !== 1) return undefined;
  const { op, attributes } = node;
  if (elementwise.has(op)) return { attributes, perm };
  const all = attributesOf(node);
  const axis = (given: number) => perm[normalizeAxis(given, perm.length)];
  if (alongAxis.has(op)) return { attributes: { ...attributes, axis: axis(number(all, 'axis')) }, perm };
  if (op === 'pad') {
    const asked = numbers(all, 'axes');
    return { attributes: { ...attributes, axes: asked.length > 0 ? asked.map(axis) : perm }, perm };
  }
  if (!reductions.has(op)) return undefined;
  const asked = numbers(all, 'axes');
  // Without axes all of them go, or none.
  if (asked.length === 0) return undefined;
  const axes = asked.map(axis).sort((a, b) => a - b);
  const kept = perm.filter((each) => !axes.includes(each));
  const places = [...kept].sort((a, b) => a - b);
  const left = boolean(all, 'keepDims') ? perm : kept.map((each) => places.indexOf(each));
  return { attributes: { ...attributes, axes }, perm: left };
}

/** The constant that is broadcast behind a transpose by `perm` as this one is before it. */
export function turnedBack(constant: DenseConstant, perm: Perm): DenseConstant {
  const from = [...new Array<number>(perm.length - constant.shape.length).fill(1), ...constant.shape];
  const shape = perm.map((_, axis) => from[perm.indexOf(axis)]);
  const own = stridesOf(from);
  const strides = shape.map((_, axis) => own[perm.indexOf(axis)]);
  const data = copyOf(constant.data);
  if (sizeOf(shape) > 1)
    walk(shape, (index, flat) => {
      data[flat] = constant.data[flatIndex(index, strides)];
    });
  return { ...constant, shape, data };
}

export function composed(inner: Perm, outer: Perm): Perm {
  return outer.map((axis) => inner[axis]);
}

export function isIdentity(perm: Perm): boolean {
  return perm.every((axis, i) => axis === i);
}

/** Whether the last two axes change places and no others. */
export function swapsLast(perm: Perm): boolean {
  const rank = perm.length;
  return rank >= 2 && perm.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}
