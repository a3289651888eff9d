import { floatAt } from './checks.ts';
import { type Op, reject, shapesOf } from './op.ts';
import { dataOf } from './operands.ts';

/** By elimination with the greatest pivot of each column; `a` is used up. */
function determinant(n: number, a: Float64Array): number {
  let product = 1;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) pivot = row;
    const top = a[pivot * n + column];
    if (top === 0) return 0;
    if (pivot !== column) {
      product = -product;
      for (let k = 0; k < n; k++) [a[pivot * n + k], a[column * n + k]] = [a[column * n + k], a[pivot * n + k]];
    }
    product *= top;
    for (let row = column + 1; row < n; row++) {
      const factor = a[row * n + column] / top;
      for (let k = column; k < n; k++) a[row * n + k] -= factor * a[column * n + k];
    }
  }
  return product;
}

/** Determinants of the square matrices in the last two axes; 1 for matrices without elements. */
export const det: Op = {
  name: 'det',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    if (shape.length < 2 || shape.at(-1) !== shape.at(-2)) reject(call.node, 'matrices [..., n, n]', shapesOf(call));
    return [{ dtype, shape: shape.slice(0, -2) }];
  },
  reference(call, inputs, [{ shape }]) {
    const [x] = dataOf(inputs);
    const n = floatAt(call, 0).shape.at(-1) as number;
    const count = shape.reduce((product, extent) => product * extent, 1);
    return [Float64Array.from({ length: count }, (_, i) => determinant(n, x.slice(i * n * n, (i + 1) * n * n)))];
  },
};
