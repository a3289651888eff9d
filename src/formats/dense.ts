/** Every element, row-major: no pattern, nothing skipped. */
import { bytesPerElement, stores } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { format, sizeOf } from '../core/shape.ts';
import type { DenseConstant } from './constant.ts';
import { checkLengths, type Format } from './format.ts';

function floats(constant: DenseConstant): Float32Array {
  if (constant.data instanceof Float32Array) return constant.data;
  throw new UsageError(`want a float32 constant, got ${constant.dtype} ${format(constant.shape)}`);
}

export const dense: Format<DenseConstant> = {
  encoding: 'dense',

  fromDense(data, shape, _outputAxis, keep) {
    checkLengths(data, shape, keep);
    return {
      encoding: 'dense',
      dtype: 'float32',
      shape,
      data: keep ? data.map((v, i) => (keep[i] ? v : 0)) : data.slice(),
    };
  },

  toDense: (constant) => floats(constant).slice(),

  keep: (constant) => new Uint8Array(sizeOf(constant.shape)).fill(1),

  verify({ dtype, shape, data }) {
    if (!stores(dtype, data)) return [`want an array that stores ${dtype}`];
    const size = sizeOf(shape);
    return data.length === size ? [] : [`want ${size} elements for shape ${format(shape)}, got ${data.length}`];
  },

  bytes: (constant) => sizeOf(constant.shape) * bytesPerElement(constant.dtype),

  stored: (constant) => sizeOf(constant.shape),
};
