/** Ops that bring one tensor to the shape of another: what gradients of broadcasting and of means are made of. */
import { broadcast, broadcastStrides, format, sameShape, sizeOf, stridesOf } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { project } from './elementwise.ts';
import { type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf, numericAt } from './operands.ts';

/** Complains unless `from` broadcasts to exactly `to`; both are inputs. */
function checkBroadcast(call: OpCall, from: number, to: number): void {
  const [a, b] = [typeAt(call, from).shape, typeAt(call, to).shape];
  const joint = broadcast(a, b);
  if (!joint || !sameShape(joint, b)) reject(call.node, `a shape that broadcasts to ${format(b)}`, format(a));
}

/** x summed down to the shape of `like`: undoes a broadcast of `like` to x. Of `like` only the shape is read. */
export const sumLike: Op = {
  name: 'sumLike',
  inputs: ['x', 'like'],
  outputs: ['y'],
  attributes: {},
  shapeOnly: [1],
  infer(call) {
    const { dtype } = numericAt(call, 0);
    checkBroadcast(call, 1, 0);
    return [{ dtype, shape: typeAt(call, 1).shape }];
  },
  reference(call, [x], [{ shape }]) {
    const from = typeAt(call, 0).shape;
    const strides = stridesOf(from);
    const target = broadcastStrides(shape, from);
    const y = new Float64Array(sizeOf(shape));
    x?.data.forEach((value, i) => {
      y[project(i, strides, target)] += value;
    });
    return [y];
  },
  gradient({ emit, inputs, outputGradients: [dy] }) {
    return dy === undefined ? [] : [emit('expandLike', [dy, inputs[0]])];
  },
};

/** x repeated to the shape of `like`, to which it must broadcast. Of `like` only the shape is read. */
export const expandLike: Op = {
  name: 'expandLike',
  inputs: ['x', 'like'],
  outputs: ['y'],
  attributes: {},
  shapeOnly: [1],
  infer(call) {
    checkBroadcast(call, 0, 1);
    return [{ dtype: typeAt(call, 0).dtype, shape: typeAt(call, 1).shape }];
  },
  reference(call, inputs, [{ shape }]) {
    const [x] = dataOf(inputs.slice(0, 1));
    const strides = stridesOf(shape);
    const source = broadcastStrides(typeAt(call, 0).shape, shape);
    return [Float64Array.from({ length: sizeOf(shape) }, (_, i) => x[project(i, strides, source)])];
  },
  gradient({ emit, inputs, outputGradients: [dy] }) {
    return dy === undefined ? [] : [emit('sumLike', [dy, inputs[0]])];
  },
};

/**
 * The number of elements of x over that of y, as a scalar of x's type: 1/n for the gradient of a mean whose n is not
 * known before the shapes are. Only shapes are read, so that it is a constant of every plan.
 */
export const countRatio: Op = {
  name: 'countRatio',
  inputs: ['x', 'y'],
  outputs: ['ratio'],
  attributes: {},
  shapeOnly: [0, 1],
  infer(call) {
    typeAt(call, 1);
    return [{ dtype: floatAt(call, 0).dtype, shape: [] }];
  },
  reference: (call) => [Float64Array.of(sizeOf(typeAt(call, 0).shape) / sizeOf(typeAt(call, 1).shape))],
};
