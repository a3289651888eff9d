// The register tiles of the dense product: up to 4 rows of A against one panel of 8 columns of B, or 1 row against 4.
//
//     k: how many rows of the panel; aStep: bytes from one k to the next in A; count: how many of the 8 columns are stored
import { clamp, load_first, madd, store_first } from '../simd';

/** One row of a tile: adds the old C if asked, the biases, clamps, and stores the first `count` of 8 columns. */
function finish(
  s0: v128,
  s1: v128,
  count: i32,
  biasRow: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
  c: usize,
): void {
  if (accumulate) {
    s0 = f32x4.add(load_first(c, count), s0);
    s1 = f32x4.add(load_first(c + 16, count - 4), s1);
  }
  if (biasRow) {
    const bias = v128.load32_splat(biasRow);
    s0 = f32x4.add(s0, bias);
    s1 = f32x4.add(s1, bias);
  }
  if (biasColumns) {
    s0 = f32x4.add(s0, load_first(biasColumns, count));
    s1 = f32x4.add(s1, load_first(biasColumns + 16, count - 4));
  }
  store_first(c, clamp(s0, lo, hi), count);
  store_first(c + 16, clamp(s1, lo, hi), count - 4);
}

export function tile_4x8(
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  count: i32,
  biasRows: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
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
  const biasStep: usize = biasRows ? 4 : 0;
  finish(s00, s01, count, biasRows, biasColumns, lo, hi, accumulate, c);
  finish(s10, s11, count, biasRows + biasStep, biasColumns, lo, hi, accumulate, c + cRowBytes);
  finish(s20, s21, count, biasRows + 2 * biasStep, biasColumns, lo, hi, accumulate, c + 2 * cRowBytes);
  finish(s30, s31, count, biasRows + 3 * biasStep, biasColumns, lo, hi, accumulate, c + 3 * cRowBytes);
}

/** Six rows, for builds whose multiply-add needs no register in between: 12 sums, 2 of B, 1 of A. */
export function tile_6x8(
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  count: i32,
  biasRows: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
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
  const biasStep: usize = biasRows ? 4 : 0;
  finish(s00, s01, count, biasRows, biasColumns, lo, hi, accumulate, c);
  finish(s10, s11, count, biasRows + biasStep, biasColumns, lo, hi, accumulate, c + cRowBytes);
  finish(s20, s21, count, biasRows + 2 * biasStep, biasColumns, lo, hi, accumulate, c + 2 * cRowBytes);
  finish(s30, s31, count, biasRows + 3 * biasStep, biasColumns, lo, hi, accumulate, c + 3 * cRowBytes);
  finish(s40, s41, count, biasRows + 4 * biasStep, biasColumns, lo, hi, accumulate, c + 4 * cRowBytes);
  finish(s50, s51, count, biasRows + 5 * biasStep, biasColumns, lo, hi, accumulate, c + 5 * cRowBytes);
}

/** Two or three rows: with two, the third repeats the second and is not stored. */
export function tile_3x8(
  rows: i32,
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  count: i32,
  biasRows: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
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
  const biasStep: usize = biasRows ? 4 : 0;
  finish(s00, s01, count, biasRows, biasColumns, lo, hi, accumulate, c);
  finish(s10, s11, count, biasRows + biasStep, biasColumns, lo, hi, accumulate, c + cRowBytes);
  if (rows > 2) finish(s20, s21, count, biasRows + 2 * biasStep, biasColumns, lo, hi, accumulate, c + 2 * cRowBytes);
}

/** One row, one panel; four positions of k at a time in sums of their own, because two chains alone would wait. */
export function tile_1x8(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  count: i32,
  biasRow: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
  c: usize,
): void {
  let s0 = f32x4.splat(0),
    s1 = s0,
    t0 = s0,
    t1 = s0,
    u0 = s0,
    u1 = s0,
    w0 = s0,
    w1 = s0;
  const end = b + ((<usize>k) << 5);
  const whole = b + ((<usize>(k & ~3)) << 5);
  while (b !== whole) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
    a += aStep;
    const x1 = v128.load32_splat(a);
    t0 = madd(x1, v128.load(b, 32), t0);
    t1 = madd(x1, v128.load(b, 48), t1);
    a += aStep;
    const x2 = v128.load32_splat(a);
    u0 = madd(x2, v128.load(b, 64), u0);
    u1 = madd(x2, v128.load(b, 80), u1);
    a += aStep;
    const x3 = v128.load32_splat(a);
    w0 = madd(x3, v128.load(b, 96), w0);
    w1 = madd(x3, v128.load(b, 112), w1);
    a += aStep;
    b += 128;
  }
  while (b !== end) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
    a += aStep;
    b += 32;
  }
  s0 = f32x4.add(f32x4.add(s0, t0), f32x4.add(u0, w0));
  s1 = f32x4.add(f32x4.add(s1, t1), f32x4.add(u1, w1));
  finish(s0, s1, count, biasRow, biasColumns, lo, hi, accumulate, c);
}

/** One row, four whole panels side by side: one splat serves 32 columns in 8 chains. */
export function tile_1x32(
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  biasRow: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
  c: usize,
): void {
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0,
    s4 = s0,
    s5 = s0,
    s6 = s0,
    s7 = s0;
  const panelBytes = (<usize>k) << 5;
  let p0 = b,
    p1 = p0 + panelBytes,
    p2 = p1 + panelBytes,
    p3 = p2 + panelBytes;
  const end = p1;
  while (p0 !== end) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(p0), s0);
    s1 = madd(x, v128.load(p0, 16), s1);
    s2 = madd(x, v128.load(p1), s2);
    s3 = madd(x, v128.load(p1, 16), s3);
    s4 = madd(x, v128.load(p2), s4);
    s5 = madd(x, v128.load(p2, 16), s5);
    s6 = madd(x, v128.load(p3), s6);
    s7 = madd(x, v128.load(p3, 16), s7);
    a += aStep;
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  const biasStep: usize = biasColumns ? 32 : 0;
  finish(s0, s1, 8, biasRow, biasColumns, lo, hi, accumulate, c);
  finish(s2, s3, 8, biasRow, biasColumns + biasStep, lo, hi, accumulate, c + 32);
  finish(s4, s5, 8, biasRow, biasColumns + 2 * biasStep, lo, hi, accumulate, c + 64);
  finish(s6, s7, 8, biasRow, biasColumns + 3 * biasStep, lo, hi, accumulate, c + 96);
}
