// Register tiles of the two products of attention: rows of A against one panel of 8 columns, each row times a factor of its
// own at the end. The factor is the scale of the scores in the first product, one over the sum of a row of exponentials in
// the second.
//
//     k: how many rows of the panel; aStep: bytes from one k to the next in A; count: how many of the 8 columns are stored
import { flush, madd, store_first } from '../simd';

function finish(s0: v128, s1: v128, factor: usize, count: i32, c: usize): void {
  const f = v128.load32_splat(factor);
  const y0 = flush(f32x4.mul(s0, f)),
    y1 = flush(f32x4.mul(s1, f));
  if (count >= 8) {
    v128.store(c, y0);
    v128.store(c, y1, 16);
  } else {
    store_first(c, y0, count);
    store_first(c + 16, y1, count - 4);
  }
}

function tile_4x8(
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  factors: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  let a0 = a,
    a1 = a0 + aRowBytes,
    a2 = a1 + aRowBytes,
    a3 = a2 + aRowBytes;
  const end = b + ((<usize>k) << 5);
  while (b !== end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(a3);
    s30 = madd(x3, b0, s30);
    s31 = madd(x3, b1, s31);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += 32;
  }
  inline.always(finish(s00, s01, factors, count, c));
  inline.always(finish(s10, s11, factors + 4, count, c + cRowBytes));
  inline.always(finish(s20, s21, factors + 8, count, c + 2 * cRowBytes));
  inline.always(finish(s30, s31, factors + 12, count, c + 3 * cRowBytes));
}

/** Six rows, for builds whose multiply-add needs no register in between: 12 sums, 2 of B, 1 of A. */
function tile_6x8(
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  factors: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00,
    s40 = s00,
    s41 = s00,
    s50 = s00,
    s51 = s00;
  let a0 = a,
    a1 = a0 + aRowBytes,
    a2 = a1 + aRowBytes,
    a3 = a2 + aRowBytes,
    a4 = a3 + aRowBytes,
    a5 = a4 + aRowBytes;
  const end = b + ((<usize>k) << 5);
  while (b !== end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(a3);
    s30 = madd(x3, b0, s30);
    s31 = madd(x3, b1, s31);
    const x4 = v128.load32_splat(a4);
    s40 = madd(x4, b0, s40);
    s41 = madd(x4, b1, s41);
    const x5 = v128.load32_splat(a5);
    s50 = madd(x5, b0, s50);
    s51 = madd(x5, b1, s51);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    a5 += aStep;
    b += 32;
  }
  inline.always(finish(s00, s01, factors, count, c));
  inline.always(finish(s10, s11, factors + 4, count, c + cRowBytes));
  inline.always(finish(s20, s21, factors + 8, count, c + 2 * cRowBytes));
  inline.always(finish(s30, s31, factors + 12, count, c + 3 * cRowBytes));
  inline.always(finish(s40, s41, factors + 16, count, c + 4 * cRowBytes));
  inline.always(finish(s50, s51, factors + 20, count, c + 5 * cRowBytes));
}

/** Two or three rows: with two, the third repeats the second and is not stored. */
function tile_3x8(
  rows: i32,
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  factors: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00;
  let a0 = a,
    a1 = a0 + aRowBytes,
    a2 = rows > 2 ? a1 + aRowBytes : a1;
  const end = b + ((<usize>k) << 5);
  while (b !== end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    b += 32;
  }
  inline.always(finish(s00, s01, factors, count, c));
  inline.always(finish(s10, s11, factors + 4, count, c + cRowBytes));
  if (rows > 2) inline.always(finish(s20, s21, factors + 8, count, c + 2 * cRowBytes));
}

/** One row; two positions of k at a time in sums of their own, because two chains alone would wait. */
function tile_1x8(k: i32, a: usize, aStep: usize, b: usize, factor: usize, count: i32, c: usize): void {
  let s0 = f32x4.splat(0),
    s1 = s0,
    t0 = s0,
    t1 = s0;
  const whole = b + ((<usize>(k & ~1)) << 5);
  while (b !== whole) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
    a += aStep;
    const x1 = v128.load32_splat(a);
    t0 = madd(x1, v128.load(b, 32), t0);
    t1 = madd(x1, v128.load(b, 48), t1);
    a += aStep;
    b += 64;
  }
  if (k & 1) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
  }
  inline.always(finish(f32x4.add(s0, t0), f32x4.add(s1, t1), factor, count, c));
}

/** All row tiles of [rows] against one panel. */
export function rows_by_panel(
  rows: i32,
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  factors: usize,
  count: i32,
  c: usize,
  cRowBytes: usize,
): void {
  let i = 0;
  if (ASC_FEATURE_RELAXED_SIMD) {
    // Seven and eight are better taken as four and the rest.
    for (; i + 6 <= rows && i + 7 !== rows && i + 8 !== rows; i += 6) {
      tile_6x8(k, a, aRowBytes, aStep, b, factors, count, c, cRowBytes);
      a += 6 * aRowBytes;
      c += 6 * cRowBytes;
      factors += 24;
    }
  }
  for (; i + 4 <= rows; i += 4) {
    tile_4x8(k, a, aRowBytes, aStep, b, factors, count, c, cRowBytes);
    a += 4 * aRowBytes;
    c += 4 * cRowBytes;
    factors += 16;
  }
  if (rows - i >= 2) tile_3x8(rows - i, k, a, aRowBytes, aStep, b, factors, count, c, cRowBytes);
  else if (rows - i === 1) tile_1x8(k, a, aStep, b, factors, count, c);
}
