import { stridesOf } from '../core/shape.ts';
import { type NdArray, type Op, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { UnknownNumbersError } from './unknown.ts';

/** The positions of x that are not zero, as columns: [rank, count] in row-major order. */
export const nonZero: Op = {
  name: 'nonZero',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    typeAt(call, 0);
    throw new UnknownNumbersError(call.node, 'the shape', call.node.inputs[0]);
  },
  dynamic(call, inputs): NdArray[] {
    const { shape } = typeAt(call, 0);
    const [x] = dataOf(inputs);
    const found: number[] = [];
    x.forEach((value, i) => {
      if (value !== 0) found.push(i);
    });
    const data = new Float64Array(shape.length * found.length);
    stridesOf(shape).forEach((stride, axis) => {
      found.forEach((flat, i) => {
        data[axis * found.length + i] = Math.floor(flat / stride) % shape[axis];
      });
    });
    return [{ dtype: 'int64', shape: [shape.length, found.length], data }];
  },
  reference: (call, inputs) => nonZero.dynamic?.(call, inputs).map(({ data }) => data) ?? [],
};
