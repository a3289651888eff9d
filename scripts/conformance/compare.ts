/** The suite's own measure: equal types and shapes, numbers within rtol 1e-3 and atol 1e-7. */
import type { DType, TypedArray } from '../../src/core/dtype.ts';
import { format, type Shape, sameShape } from '../../src/core/shape.ts';

const RELATIVE = 1e-3;
const ABSOLUTE = 1e-7;

export interface Numbers {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/** How `got` differs from `want`; undefined where it does not. float16 has become float32 on both sides. */
export function difference(got: Numbers, want: Numbers): string | undefined {
  if (got.dtype !== want.dtype) return `want ${want.dtype}, got ${got.dtype}`;
  if (!sameShape(got.shape, want.shape)) return `want shape ${format(want.shape)}, got ${format(got.shape)}`;
  const at = want.data.findIndex((value: number | bigint, i: number) => !close(got.data[i], value));
  return at < 0 ? undefined : `want ${want.data[at]} at ${at}, got ${got.data[at]}`;
}

function close(got: number | bigint, want: number | bigint): boolean {
  if (got === want) return true;
  const [a, b] = [Number(got), Number(want)];
  // Infinities are equal or not; the tolerance around one would admit everything.
  if (!Number.isFinite(b)) return Object.is(a, b);
  return Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(b);
}
