import { format, type Shape } from '../core/shape.ts';
import { axisOf } from './checks.ts';
import { type NdArray, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { around, dataOf } from './operands.ts';
import { UnknownNumbersError } from './unknown.ts';

/** The positions along the axis that the condition keeps. */
function keptBy(call: OpCall, condition: ArrayLike<number>): { readonly axis: number; readonly kept: number[] } {
  const { shape } = typeAt(call, 0);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  if (condition.length > shape[axis])
    reject(call.node, `a condition of at most ${shape[axis]}`, String(condition.length));
  return { axis, kept: Array.from(condition, (_, i) => i).filter((i) => condition[i] !== 0) };
}

/** The entries along `axis` where the condition, a list of bool that may be shorter than the axis, is true. */
export const compress: Op = {
  name: 'compress',
  inputs: ['x', 'condition'],
  outputs: ['y'],
  attributes: { axis: { type: 'number' } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const condition = typeAt(call, 1);
    if (condition.dtype !== 'bool' || condition.shape.length !== 1)
      reject(call.node, 'a condition as a list of bool', `${condition.dtype} ${format(condition.shape)}`);
    const constant = call.constants[1];
    if (constant?.encoding !== 'dense') throw new UnknownNumbersError(call.node, 'the shape', call.node.inputs[1]);
    const { axis, kept } = keptBy(call, constant.data as Uint8Array);
    return [{ dtype, shape: shape.with(axis, kept.length) }];
  },
  dynamic(call, inputs): NdArray[] {
    const { dtype, shape } = typeAt(call, 0);
    const [x, condition] = dataOf(inputs);
    const { axis, kept } = keptBy(call, condition);
    const { outer, extent, inner } = around(shape, axis);
    const result: Shape = shape.with(axis, kept.length);
    const data = new Float64Array(outer * kept.length * inner);
    for (let o = 0; o < outer; o++)
      kept.forEach((from, to) => {
        const at = (o * extent + from) * inner;
        data.set(x.subarray(at, at + inner), (o * kept.length + to) * inner);
      });
    return [{ dtype, shape: result, data }];
  },
  reference: (call, inputs) => compress.dynamic?.(call, inputs).map(({ data }) => data) ?? [],
};
