import { type DType, isInteger } from '../core/dtype.ts';
import { type Op, string, typeAt } from './op.ts';

const targets = ['float32', 'float64', 'int32', 'int64', 'bool', 'uint8', 'int8'] as const satisfies readonly DType[];

/** Bits and sign of the whole-number types. */
const ranges = {
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint8: { bits: 8, signed: false },
  int8: { bits: 8, signed: true },
} as const;

/** Truncates a float towards zero; what lies outside the type becomes its nearest value, NaN becomes 0. */
function saturate(value: number, bits: number, signed: boolean): number {
  if (Number.isNaN(value)) return 0;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  // The largest double below 2^63 is 2^63 - 1024.
  const high = bits === 64 ? 2 ** 63 - 1024 : 2 ** (signed ? bits - 1 : bits) - 1;
  return Math.trunc(Math.min(Math.max(value, low), high)) + 0;
}

/** Keeps the lowest bits of a whole number. */
function wrap(value: number, bits: number, signed: boolean): number {
  const whole = BigInt(value);
  return Number(signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole));
}

/**
 * Converts to element type `to`. Floats are truncated towards zero and saturate (NaN gives 0); whole numbers that do not
 * fit keep their lowest bits, as in ONNX; bool is x != 0.
 */
export const cast: Op = {
  name: 'cast',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { to: { type: 'string', oneOf: targets } },
  infer: (call) => [{ dtype: string(call.attributes, 'to') as DType, shape: typeAt(call, 0).shape }],
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const to = string(call.attributes, 'to') as (typeof targets)[number];
    if (to === 'bool') return [x.data.map((value) => (value === 0 ? 0 : 1))];
    if (to === 'float32' || to === 'float64') return [x.data.slice()];
    const { bits, signed } = ranges[to];
    const convert = isInteger(x.dtype) ? wrap : saturate;
    return [x.data.map((value) => convert(value, bits, signed))];
  },
  // Only floats have gradients, and those that are differentiated are float32.
  gradient({ attributes, outputGradients: [dy], wants, emit }) {
    if (dy === undefined || !wants(0) || isInteger(string(attributes, 'to') as DType)) return [];
    return [emit('cast', [dy], { to: 'float32' })];
  },
};
