/** Whole numbers as rows of bits, in two's complement, with broadcasting. */
import { binary, unary } from './elementwise.ts';
import { unsignedAt, wholeAt, widthOf } from './integers.ts';
import { type Op, string } from './op.ts';

/** Numbers of up to 32 bits with a sign go the short way. */
function bitwise(name: string, short: (a: number, b: number) => number, long: (a: bigint, b: bigint) => bigint): Op {
  return binary({
    name,
    operand: wholeAt,
    apply: (a, b) => ((a | 0) === a && (b | 0) === b ? short(a, b) : Number(long(BigInt(a), BigInt(b)))),
  });
}

export const bitwiseAnd: Op = bitwise(
  'bitwiseAnd',
  (a, b) => a & b,
  (a, b) => a & b,
);

export const bitwiseOr: Op = bitwise(
  'bitwiseOr',
  (a, b) => a | b,
  (a, b) => a | b,
);

export const bitwiseXor: Op = bitwise(
  'bitwiseXor',
  (a, b) => a ^ b,
  (a, b) => a ^ b,
);

/** Every bit turned over: -1 - x, or the greatest number of the type less x where there is no sign. */
export const bitwiseNot: Op = unary({
  name: 'bitwiseNot',
  operand: wholeAt,
  apply(x, _, dtype) {
    const width = widthOf(dtype);
    return (width?.signed ? -1 : 2 ** (width?.bits ?? 0) - 1) - x;
  },
});

/** a shifted by b bits, of unsigned numbers; bits that leave the type are lost, zeros come in. */
export const bitShift: Op = binary({
  name: 'bitShift',
  attributes: { direction: { type: 'string', oneOf: ['left', 'right'] } },
  operand: unsignedAt,
  apply(a, b, settings) {
    if (b >= 64) return 0;
    return string(settings, 'direction') === 'left' ? a * 2 ** b : Math.floor(a / 2 ** b);
  },
  // Only a shift to the left leaves the range of exact doubles.
  whole: (a, b) => a << b,
});
