// Comparisons to bytes of 0 or 1, and selection by such bytes. Geometry as in binary.ts.
import { bytes4 } from './lanes';

abstract class Comparison {
  abstract apply(a: v128, b: v128): v128;
}

/** Four elements from `p`: next to each other, or one repeated. */
function load4(p: usize, repeated: bool): v128 {
  return repeated ? v128.load32_splat(p) : v128.load(p);
}

function compareRow<T extends Comparison>(n: i32, aStride: i32, bStride: i32, a: usize, b: usize, out: usize): void {
  let i = 0;
  if ((aStride | bStride) >>> 1 === 0) {
    // Sixteen masks narrow to sixteen bytes: i32 -> i16 -> i8 keeps 0 and -1.
    const aOnce = aStride === 0;
    const bOnce = bStride === 0;
    const aStep: usize = aOnce ? 0 : 16;
    const bStep: usize = bOnce ? 0 : 16;
    for (; i + 16 <= n; i += 16) {
      const m0 = inline.always(changetype<T>(0).apply(load4(a, aOnce), load4(b, bOnce)));
      const m1 = inline.always(changetype<T>(0).apply(load4(a + aStep, aOnce), load4(b + bStep, bOnce)));
      const m2 = inline.always(changetype<T>(0).apply(load4(a + 2 * aStep, aOnce), load4(b + 2 * bStep, bOnce)));
      const m3 = inline.always(changetype<T>(0).apply(load4(a + 3 * aStep, aOnce), load4(b + 3 * bStep, bOnce)));
      const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
      v128.store(out, v128.and(bytes, i8x16.splat(1)));
      a += 4 * aStep;
      b += 4 * bStep;
      out += 16;
    }
  }
  for (; i < n; i++) {
    const mask = inline.always(changetype<T>(0).apply(v128.load32_zero(a), v128.load32_zero(b)));
    store<u8>(out, <u8>(i32x4.extract_lane(mask, 0) & 1));
    a += bytes4(aStride);
    b += bytes4(bStride);
    out++;
  }
}

function compareWalk<T extends Comparison>(
  left: i32,
  pitch: usize,
  axis: usize,
  a: usize,
  b: usize,
  out: usize,
): usize {
  const n = load<i32>(axis);
  const aStride = load<i32>(axis + pitch);
  const bStride = load<i32>(axis + 2 * pitch);
  if (left === 1) {
    compareRow<T>(n, aStride, bStride, a, b, out);
    return out + <usize>n;
  }
  for (let i = 0; i < n; i++) {
    out = compareWalk<T>(left - 1, pitch, axis + 4, a, b, out);
    a += bytes4(aStride);
    b += bytes4(bStride);
  }
  return out;
}

class Equal extends Comparison {
  apply(a: v128, b: v128): v128 {
    return f32x4.eq(a, b);
  }
}
export function f32_equal(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  compareWalk<Equal>(rank, bytes4(rank), geometry, a, b, out);
}

class Less extends Comparison {
  apply(a: v128, b: v128): v128 {
    return f32x4.lt(a, b);
  }
}
export function f32_less(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  compareWalk<Less>(rank, bytes4(rank), geometry, a, b, out);
}

class Greater extends Comparison {
  apply(a: v128, b: v128): v128 {
    return f32x4.gt(a, b);
  }
}
export function f32_greater(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  compareWalk<Greater>(rank, bytes4(rank), geometry, a, b, out);
}

class LessOrEqual extends Comparison {
  apply(a: v128, b: v128): v128 {
    return f32x4.le(a, b);
  }
}
export function f32_less_or_equal(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  compareWalk<LessOrEqual>(rank, bytes4(rank), geometry, a, b, out);
}

class GreaterOrEqual extends Comparison {
  apply(a: v128, b: v128): v128 {
    return f32x4.ge(a, b);
  }
}
export function f32_greater_or_equal(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  compareWalk<GreaterOrEqual>(rank, bytes4(rank), geometry, a, b, out);
}

/** Four condition bytes as lane masks. */
function masks(condition: usize, repeated: bool): v128 {
  const bytes = repeated ? v128.load8_splat(condition) : v128.load32_zero(condition);
  return i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)), i32x4.splat(0));
}

function whereRow(n: i32, cs: i32, as: i32, bs: i32, c: usize, a: usize, b: usize, out: usize): void {
  let i = 0;
  if ((cs | as | bs) >>> 1 === 0) {
    for (; i + 4 <= n; i += 4) {
      v128.store(out, v128.bitselect(load4(a, as === 0), load4(b, bs === 0), masks(c, cs === 0)));
      c += (<usize>cs) << 2;
      a += (<usize>as) << 4;
      b += (<usize>bs) << 4;
      out += 16;
    }
  }
  for (; i < n; i++) {
    store<u32>(out, load<u8>(c) !== 0 ? load<u32>(a) : load<u32>(b));
    c += <usize>cs;
    a += bytes4(as);
    b += bytes4(bs);
    out += 4;
  }
}

function whereWalk(left: i32, pitch: usize, axis: usize, c: usize, a: usize, b: usize, out: usize): usize {
  const n = load<i32>(axis);
  const cStride = load<i32>(axis + pitch);
  const aStride = load<i32>(axis + 2 * pitch);
  const bStride = load<i32>(axis + 3 * pitch);
  if (left === 1) {
    whereRow(n, cStride, aStride, bStride, c, a, b, out);
    return out + bytes4(n);
  }
  for (let i = 0; i < n; i++) {
    out = whereWalk(left - 1, pitch, axis + 4, c, a, b, out);
    c += <usize>cStride;
    a += bytes4(aStride);
    b += bytes4(bStride);
  }
  return out;
}

/** condition ? a : b, for any four-byte elements. Geometry: dims, then the strides of condition, a and b. */
export function f32_where(rank: i32, geometry: usize, condition: usize, a: usize, b: usize, out: usize): void {
  whereWalk(rank, bytes4(rank), geometry, condition, a, b, out);
}
