import { broadcast, broadcastStrides, sizeOf, stridesOf } from '../core/shape.ts';
import { project, sumDown } from './elementwise.ts';
import { type Op, reject, shapesOf, typeAt } from './op.ts';

/** condition ? a : b, all three broadcast. The condition is bool; a and b have one type, which may be any. */
export const where: Op = {
  name: 'where',
  inputs: ['condition', 'a', 'b'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const [condition, a, b] = [typeAt(call, 0), typeAt(call, 1), typeAt(call, 2)];
    if (condition.dtype !== 'bool') reject(call.node, 'a condition of bool', condition.dtype);
    if (a.dtype !== b.dtype) reject(call.node, 'a and b of one type', `${a.dtype} and ${b.dtype}`);
    const shape =
      broadcast(condition.shape, a.shape, b.shape) ?? reject(call.node, 'shapes that broadcast', shapesOf(call));
    return [{ dtype: a.dtype, shape }];
  },
  reference(_, [condition, a, b], [{ shape }]) {
    if (!condition || !a || !b) throw new Error('inputs are checked by infer');
    const strides = stridesOf(shape);
    const [sc, sa, sb] = [condition, a, b].map((input) => broadcastStrides(input.shape, shape));
    const y = new Float64Array(sizeOf(shape));
    for (let i = 0; i < y.length; i++)
      y[i] =
        condition.data[project(i, strides, sc)] !== 0
          ? a.data[project(i, strides, sa)]
          : b.data[project(i, strides, sb)];
    return [y];
  },
  gradient(context) {
    const { emit, scalar, wants, inputs } = context;
    const [condition, a, b] = inputs;
    const dy = context.outputGradients[0];
    if (dy === undefined) return [];
    const zero = scalar(0);
    return [
      undefined,
      wants(1) ? sumDown(context, emit('where', [condition, dy, zero]), a) : undefined,
      wants(2) ? sumDown(context, emit('where', [condition, zero, dy]), b) : undefined,
    ];
  },
};
