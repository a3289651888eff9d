/** Products of matrices of 8-bit numbers. */
import { broadcast, broadcastStrides, sizeOf, stridesOf } from '../core/shape.ts';
import { project } from './elementwise.ts';
import { type NdArray, type Op, type OpCall, reject, shapesOf } from './op.ts';
import { byteAt, centred, checkParameter, lookup, rescaled } from './quantized.ts';

/** A vector on the left is a row, on the right a column, whose extra axis the result lacks. */
function sizesOf(call: OpCall, first: number, second: number) {
  const [a, b] = [byteAt(call, first).shape, byteAt(call, second).shape];
  const [rows, columns] = [a.length === 1 ? [1, a[0]] : a, b.length === 1 ? [b[0], 1] : b];
  const batch = broadcast(rows.slice(0, -2), columns.slice(0, -2));
  if (rows.length < 2 || columns.length < 2 || rows.at(-1) !== columns.at(-2) || !batch)
    return reject(call.node, '[..., m, k] x [..., k, n]', shapesOf(call));
  const [m, k] = rows.slice(-2);
  const n = columns[columns.length - 1];
  const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  return { m, n, k, batch, shape, aStack: rows.slice(0, -2), bStack: columns.slice(0, -2) };
}

function multiply(sizes: ReturnType<typeof sizesOf>, a: Float64Array, b: Float64Array): Float64Array {
  const { m, n, k, batch, aStack, bStack } = sizes;
  const count = sizeOf(batch);
  const [own, aStrides, bStrides] = [
    stridesOf(batch),
    broadcastStrides(aStack, batch),
    broadcastStrides(bStack, batch),
  ];
  const y = new Float64Array(count * m * n);
  for (let item = 0; item < count; item++) {
    const aAt = project(item, own, aStrides) * m * k;
    const bAt = project(item, own, bStrides) * k * n;
    for (let i = 0; i < m; i++)
      for (let p = 0; p < k; p++) {
        const factor = a[aAt + i * k + p];
        const [to, from] = [(item * m + i) * n, bAt + p * n];
        for (let j = 0; j < n; j++) y[to + j] += factor * b[from + j];
      }
  }
  return y;
}

/** (a - aZero) · (b - bZero) as int32. Zero points are one number, or one per row of a and per column of b. */
export const matmulInteger: Op = {
  name: 'matmulInteger',
  inputs: ['a', 'b', 'aZero?', 'bZero?'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const { shape } = sizesOf(call, 0, 1);
    const [a, b] = [byteAt(call, 0), byteAt(call, 1)];
    checkParameter(call, 2, a.shape, a.shape.length - 2, a.dtype);
    checkParameter(call, 3, b.shape, b.shape.length - 1, b.dtype);
    return [{ dtype: 'int32', shape }];
  },
  reference(call, [a, b, aZero, bZero]) {
    if (!a || !b) throw new Error('inputs are checked by infer');
    const left = centred(a, aZero, a.shape.length - 2);
    return [multiply(sizesOf(call, 0, 1), left, centred(b, bZero, b.shape.length - 1))];
  },
  multiplyAdds: (call) => productOf(sizesOf(call, 0, 1)),
};

function productOf({ m, n, k, batch }: ReturnType<typeof sizesOf>): number {
  return sizeOf(batch) * m * n * k;
}

/** The product of quantized matrices, quantized again. Parameters of a are one or per row, those of b one or per column. */
export const qlinearMatmul: Op = {
  name: 'qlinearMatmul',
  inputs: ['a', 'aScale', 'aZero', 'b', 'bScale', 'bZero', 'yScale', 'yZero'],
  outputs: ['y'],
  attributes: {},
  infer(call) {
    const { shape } = sizesOf(call, 0, 3);
    const [a, b, y] = [byteAt(call, 0), byteAt(call, 3), byteAt(call, 7)];
    const [row, column] = [a.shape.length - 2, b.shape.length - 1];
    checkParameter(call, 1, a.shape, row, 'float32');
    checkParameter(call, 2, a.shape, row, a.dtype);
    checkParameter(call, 4, b.shape, column, 'float32');
    checkParameter(call, 5, b.shape, column, b.dtype);
    checkParameter(call, 6, shape, shape.length - 2, 'float32');
    checkParameter(call, 7, shape, shape.length - 2, y.dtype);
    return [{ dtype: y.dtype, shape }];
  },
  reference(call, inputs, [output]) {
    const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = inputs as readonly NdArray[];
    const sizes = sizesOf(call, 0, 3);
    const [row, column] = [a.shape.length - 2, b.shape.length - 1];
    const sums = multiply(sizes, centred(a, aZero, row), centred(b, bZero, column));
    const { shape } = output;
    // Rows of a are rows of the result: their scales count from the back.
    const find = ({ shape: own }: NdArray, axis: number) => lookup(own, shape, axis) ?? (() => 0);
    const [as, bs] = [find(aScale, shape.length - 2), find(bScale, shape.length - 1)];
    const [ys, yz] = [find(yScale, shape.length - 2), find(yZero, shape.length - 2)];
    return [
      sums.map((sum, i) =>
        rescaled(sum, aScale.data[as(i)], bScale.data[bs(i)], yScale.data[ys(i)], yZero.data[yz(i)], output),
      ),
    ];
  },
  multiplyAdds: (call) => productOf(sizesOf(call, 0, 3)),
};
