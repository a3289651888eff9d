import { type DType, isInteger } from '../core/dtype.ts';
import { type Width, widthOf, wrapDouble } from './integers.ts';
import { type Op, string, typeAt } from './op.ts';
import { toEven } from './rounding.ts';

const targets = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
] as const satisfies readonly DType[];

/** Truncates a float towards zero; what lies outside the type becomes its nearest value, NaN becomes 0. */
function saturate(value: number, { bits, signed }: Width): number {
  if (Number.isNaN(value)) return 0;
  const digits = signed ? bits - 1 : bits;
  const low = signed ? -(2 ** digits) : 0;
  // The largest double below 2^63 is 2^63 - 1024, below 2^64 it is 2^64 - 2048.
  const high = bits === 64 ? 2 ** digits - 2 ** (digits - 53) : 2 ** digits - 1;
  return Math.trunc(Math.min(Math.max(value, low), high)) + 0;
}

/** The nearest number of half precision: 11 significant bits, from 2^-24 to 65504. */
function half(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  const rounded = toEven(x / unit) * unit;
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
}

/** x as numbers of another type, see `cast`. */
function converted(x: Float64Array, from: DType, to: DType): Float64Array {
  const width = widthOf(to);
  if (to === 'bool') return x.map((value) => (value === 0 ? 0 : 1));
  if (to === 'float16') return x.map(half);
  if (!width) return x.slice();
  return x.map((value) => (isInteger(from) ? wrapDouble(value, width) : saturate(value, width)));
}

/**
 * Converts to element type `to`. Floats are truncated towards zero and saturate (NaN gives 0); whole numbers that do not
 * fit keep their lowest bits, as in ONNX; bool is x != 0. To float16 means float32 that half precision can hold.
 */
export const cast: Op = {
  name: 'cast',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { to: { type: 'string', oneOf: targets } },
  infer(call) {
    const to = string(call.attributes, 'to') as DType;
    return [{ dtype: to === 'float16' ? 'float32' : to, shape: typeAt(call, 0).shape }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    return [converted(x.data, x.dtype, string(call.attributes, 'to') as DType)];
  },
  // Only floats have gradients, and those that are differentiated are float32.
  gradient({ attributes, outputGradients: [dy], wants, emit }) {
    if (dy === undefined || !wants(0) || isInteger(string(attributes, 'to') as DType)) return [];
    return [emit('cast', [dy], { to: 'float32' })];
  },
};

/** Converts to the element type of `like`, of which nothing else is read: where a file does not tell that type. */
export const castLike: Op = {
  name: 'castLike',
  inputs: ['x', 'like'],
  outputs: ['y'],
  attributes: {},
  shapeOnly: [1],
  infer: (call) => [{ dtype: typeAt(call, 1).dtype, shape: typeAt(call, 0).shape }],
  reference(_, [x], [{ dtype }]) {
    if (!x) throw new Error('inputs are checked by infer');
    return [converted(x.data, x.dtype, dtype)];
  },
};
