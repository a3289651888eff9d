/** SparseTensorProto: coordinates of the kept values, as one list of row-major flat indices or as [kept, rank] tuples. */
import { ModelError } from '../core/errors.ts';
import { format, type Shape, stridesOf } from '../core/shape.ts';
import { type CsrConstant, type DenseConstant, matrixView, type SparseConstant } from '../formats/constant.ts';
import { implausible } from '../formats/plausible.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import type { ExternalReader } from './external.ts';
import type { SparseTensorDraft, SparseTensorProto } from './messages.ts';
import { readDims, readTensor, writeTensor } from './tensor.ts';

/** Kept values and where they stand in `shape`, row-major, ascending and distinct. */
export interface Coordinates {
  readonly shape: Shape;
  readonly size: number;
  readonly indices: Float64Array;
  readonly values: Float32Array;
}

/** Throws ModelError unless the values are floats, the indices in range, ascending and distinct, and the shape believable. */
export function readSparseTensor(tensor: SparseTensorProto, what: string, external?: ExternalReader): Coordinates {
  if (!tensor.values || !tensor.indices) throw new ModelError(`${what}: want values and indices, got only one of them`);
  const values = readTensor(tensor.values, `${what}, values`, external);
  const indices = readTensor(tensor.indices, `${what}, indices`, external);
  const { shape, size } = readDims(tensor.dims, what);
  if (!(values.data instanceof Float32Array))
    throw new ModelError(`${what}: want values of a float type, got ${values.dtype}`);
  const kept = values.data.length;
  if (values.shape.length !== 1) throw new ModelError(`${what}: want values [kept], got ${format(values.shape)}`);
  if (!(indices.data instanceof BigInt64Array))
    throw new ModelError(`${what}: want indices of type int64, got ${indices.dtype}`);
  const guard = implausible(shape, kept);
  if (guard) throw new ModelError(`${what}: ${guard}`);
  const flat = linearize(indices, indices.data, shape, kept, what);
  for (let i = 0; i < kept; i++)
    if (!(flat[i] >= 0 && flat[i] < size) || (i > 0 && flat[i] <= flat[i - 1]))
      throw new ModelError(`${what}: want ascending distinct indices in [0, ${size}), got ${flat[i]} at ${i}`);
  return { shape, size, indices: flat, values: values.data };
}

function linearize(
  indices: DenseConstant,
  data: BigInt64Array,
  shape: Shape,
  kept: number,
  what: string,
): Float64Array {
  const given = indices.shape;
  if (given.length === 1 && given[0] === kept) return Float64Array.from(data, Number);
  const rank = shape.length;
  if (given.length !== 2 || given[0] !== kept || given[1] !== rank)
    throw new ModelError(`${what}: want indices [${kept}] or [${kept}, ${rank}], got ${format(given)}`);
  const strides = stridesOf(shape);
  const flat = new Float64Array(kept);
  for (let i = 0; i < kept; i++)
    for (let axis = 0; axis < rank; axis++) {
      const index = Number(data[i * rank + axis]);
      if (index < 0 || index >= shape[axis])
        throw new ModelError(`${what}: want an index in [0, ${shape[axis]}) on axis ${axis}, got ${index}`);
      flat[i] += index * strides[axis];
    }
  return flat;
}

/** The tensor with its zeros written out. */
export function densify({ shape, size, indices, values }: Coordinates): DenseConstant {
  const data = new Float32Array(size);
  for (let i = 0; i < values.length; i++) data[indices[i]] = values[i];
  return { encoding: 'dense', dtype: 'float32', shape, data };
}

/**
 * The tensor as a csr weight whose rows run along `outputAxis`. What is listed is kept, also where its value is 0.
 *
 *     flat index = (outer * rows + row) * inner + within        column = outer * inner + within
 */
export function toCsr({ shape, indices, values }: Coordinates, outputAxis: number): CsrConstant {
  const { rows } = matrixView(shape, outputAxis);
  const inner = shape.slice(outputAxis + 1).reduce((product, extent) => product * extent, 1);
  const rowOf = (flat: number) => Math.floor(flat / inner) % rows;
  const rowPointers = new Uint32Array(rows + 1);
  for (const flat of indices) rowPointers[rowOf(flat) + 1]++;
  for (let row = 0; row < rows; row++) rowPointers[row + 1] += rowPointers[row];
  // Flat indices ascend, so columns ascend within each row as the rows fill up.
  const next = rowPointers.slice(0, rows);
  const columns = new Uint32Array(indices.length);
  const sorted = new Float32Array(indices.length);
  indices.forEach((flat, i) => {
    const at = next[rowOf(flat)]++;
    columns[at] = Math.floor(flat / inner / rows) * inner + (flat % inner);
    sorted[at] = values[i];
  });
  return { encoding: 'csr', dtype: 'float32', shape, outputAxis, rowPointers, columns, values: sorted };
}

/** The kept positions of a sparse constant, linearised: 1-D indices in row-major order. */
export function writeSparseTensor(name: string, constant: SparseConstant): SparseTensorDraft {
  const positions = storedPositions(constant);
  const order = Uint32Array.from(positions.keys())
    .filter((i) => positions[i] !== STICK_OUT)
    .sort((i, j) => positions[i] - positions[j]);
  const kept = order.length;
  const indices = BigInt64Array.from(order, (i) => BigInt(positions[i]));
  const values = Float32Array.from(order, (i) => constant.values[i]);
  return {
    values: writeTensor(name, { dtype: 'float32', shape: [kept], data: values }),
    indices: writeTensor('', { dtype: 'int64', shape: [kept], data: indices }),
    dims: constant.shape,
  };
}
