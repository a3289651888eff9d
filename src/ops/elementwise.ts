/** Shapes of op that many rows share: one function of one, or two, elements. */
import type { Attributes } from '../core/attributes.ts';
import { type DType, isInteger } from '../core/dtype.ts';
import { broadcast, broadcastStrides, format, sameShape, sizeOf, stridesOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { type WholeStep, wholeResult, widthOf, wrapDouble } from './integers.ts';
import {
  type AttributeRule,
  type Gradient,
  type GradientContext,
  type Op,
  type OpCall,
  reject,
  shapesOf,
  type TensorType,
} from './op.ts';
import { numericAt } from './operands.ts';

/** Which element types an operand may have: throws for others. */
export type OperandCheck = (call: OpCall, input: number) => TensorType;

interface Unary {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, AttributeRule>>;
  readonly apply: (x: number, attributes: Attributes, dtype: DType) => number;
  /** dx from dy. Absent: the derivative is zero everywhere or the op is itself a gradient. */
  readonly gradient?: (context: GradientContext, dy: string) => string;
  /** Absent: floats alone. */
  readonly operand?: OperandCheck;
  /** 'bool' for questions about x. */
  readonly result?: 'same' | 'bool';
}

/** y[i] = f(x[i]), same shape and type. Integer results are cut off towards zero and wrap around. */
export function unary({ name, attributes = {}, apply, gradient, operand = floatAt, result = 'same' }: Unary): Op {
  return {
    name,
    inputs: ['x'],
    outputs: ['y'],
    attributes,
    infer(call) {
      const { dtype, shape } = operand(call, 0);
      return [{ dtype: result === 'bool' ? 'bool' : dtype, shape }];
    },
    reference(call, [x]) {
      if (!x) throw new Error('inputs are checked by infer');
      const width = result === 'bool' ? undefined : widthOf(x.dtype);
      const y = x.data.map((value) => apply(value, call.attributes, x.dtype));
      return [width ? y.map((value) => wrapDouble(Math.trunc(value), width)) : y];
    },
    ...(gradient && {
      gradient: (context: GradientContext) => {
        const dy = context.outputGradients[0];
        return dy === undefined ? [] : [gradient(context, dy)];
      },
    }),
  };
}

interface SameShapeBinary {
  readonly name: string;
  readonly inputs: readonly [string, string];
  readonly attributes?: Readonly<Record<string, AttributeRule>>;
  readonly apply: (a: number, b: number, attributes: Attributes) => number;
}

/** y[i] = f(a[i], b[i]) without broadcasting: the gradient companions of unary ops. */
export function sameShapeBinary({ name, inputs, attributes = {}, apply }: SameShapeBinary): Op {
  return {
    name,
    inputs,
    outputs: ['y'],
    attributes,
    infer(call) {
      const [a, b] = [floatAt(call, 0), floatAt(call, 1)];
      if (!sameShape(a.shape, b.shape)) reject(call.node, 'two tensors of one shape', shapesOf(call));
      if (a.dtype !== b.dtype) reject(call.node, 'operands of one type', `${a.dtype} and ${b.dtype}`);
      return [{ dtype: a.dtype, shape: a.shape }];
    },
    reference(call, [a, b]) {
      if (!a || !b) throw new Error('inputs are checked by infer');
      return [a.data.map((value, i) => apply(value, b.data[i], call.attributes))];
    },
  };
}

interface Binary {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, AttributeRule>>;
  readonly apply: (a: number, b: number, attributes: Attributes) => number;
  /** The same on integers whose result is too large for a double to be exact. Absent: no result is. */
  readonly whole?: WholeStep;
  /** 'bool' for comparisons, 'same' for arithmetic. */
  readonly result?: 'same' | 'bool';
  /** Absent: numbers, not bool. */
  readonly operand?: OperandCheck;
  /** Whether the second operand may have a type of its own. The result has that of the first. */
  readonly mixed?: boolean;
  /** Whether the second operand is repeated to the first, never the other way. */
  readonly oneWay?: boolean;
  /** [da, db] before summing down to the operand's shape; absent for comparisons. */
  readonly gradient?: (
    context: GradientContext,
    dy: string,
  ) => readonly [(() => string) | undefined, (() => string) | undefined];
}

/**
 * y = f(a, b) with NumPy broadcasting (ONNX multidirectional broadcasting). Integer results are cut off towards zero and
 * wrap around.
 */
export function binary({ name, attributes = {}, apply, whole, gradient, ...rest }: Binary): Op {
  const { result = 'same', operand = numericAt, mixed = false, oneWay = false } = rest;
  return {
    name,
    inputs: ['a', 'b'],
    outputs: ['y'],
    attributes,
    infer(call) {
      const [a, b] = [operand(call, 0), operand(call, 1)];
      const shape = broadcast(a.shape, b.shape) ?? reject(call.node, 'shapes that broadcast', shapesOf(call));
      if (!mixed && a.dtype !== b.dtype) reject(call.node, 'operands of one type', `${a.dtype} and ${b.dtype}`);
      if (oneWay && !sameShape(shape, a.shape))
        reject(call.node, `a shape that broadcasts to ${format(a.shape)}`, format(b.shape));
      return [{ dtype: result === 'bool' ? 'bool' : a.dtype, shape }];
    },
    reference(call, [a, b], [output]) {
      if (!a || !b) throw new Error('inputs are checked by infer');
      const y = new Float64Array(sizeOf(output.shape));
      const strides = stridesOf(output.shape);
      const [sa, sb] = [broadcastStrides(a.shape, output.shape), broadcastStrides(b.shape, output.shape)];
      const [aPlain, bPlain] = [a.data.length === y.length, b.data.length === y.length];
      const integer = isInteger(output.dtype);
      for (let i = 0; i < y.length; i++) {
        const left = a.data[aPlain ? i : project(i, strides, sa)];
        const right = b.data[bPlain ? i : project(i, strides, sb)];
        const value = apply(left, right, call.attributes);
        y[i] = integer ? wholeResult(call, output.dtype, value, [left, right], whole) : value;
      }
      return [y];
    },
    ...(gradient && {
      gradient: (context: GradientContext): readonly Gradient[] => {
        const dy = context.outputGradients[0];
        if (dy === undefined) return [];
        return gradient(context, dy).map((rule, i) => {
          if (!rule || !context.wants(i)) return undefined;
          return sumDown(context, rule(), context.inputs[i]);
        });
      },
    }),
  };
}

/** The element of a broadcast operand that stands at flat index `i` of the result. */
export function project(i: number, strides: readonly number[], operandStrides: readonly number[]): number {
  let at = 0;
  for (let axis = 0; axis < strides.length; axis++) {
    const index = Math.floor(i / strides[axis]);
    i -= index * strides[axis];
    at += index * operandStrides[axis];
  }
  return at;
}

/** Sums a gradient down to the operand that was broadcast; nothing to do where the shapes are known to be equal. */
export function sumDown(context: GradientContext, gradient: string, operand: string): string {
  const [from, to] = [context.shape(context.outputs[0]), context.shape(operand)];
  const equal = sameShape(from, to) && from.every((dim) => typeof dim === 'number' || !dim.startsWith('?'));
  return equal ? gradient : context.emit('sumLike', [gradient, operand]);
}
