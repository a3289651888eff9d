// Products of 8-bit numbers in i16 pairs, exact in i32.
//
//     A, rows of pairs          B, panels of 8 columns          a dot of i16x8 gives four sums of two products
//
//     a0 a1 | a2 a3 | ...       k=0,1:  b00 b10 b01 b11 ... b07 b17
//                               k=2,3:  b20 b30 b21 b31 ... b27 b37
//
// An odd last k has a 0 beside it.
import { bytes4 } from '../elementwise/lanes';
import { byteAt, quantized4, storeBytes } from './quantize';

function storeRow(out: usize, count: i32, low: v128, high: v128): void {
  if (count >= 8) {
    v128.store(out, low);
    v128.store(out, high, 16);
    return;
  }
  let rest = low;
  if (count >= 4) {
    v128.store(out, low);
    out += 16;
    count -= 4;
    rest = high;
  }
  if (count > 0) v128.store32_lane(out, rest, 0);
  if (count > 1) v128.store32_lane(out, rest, 1, 4);
  if (count > 2) v128.store32_lane(out, rest, 2, 8);
}

/** out [m][n] of i32 = rows of pairs times panels; k counts numbers, not pairs. */
export function i16_gemm_4x8(m: i32, n: i32, k: i32, a: usize, b: usize, out: usize): void {
  const pairs = (k + 1) >> 1;
  const aRow = bytes4(pairs);
  const outRow = bytes4(n);
  for (let j = 0; j < n; j += 8) {
    const count = min<i32>(8, n - j);
    let from = a;
    let to = out + bytes4(j);
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      let s00 = i32x4.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      let p = from;
      let q = b;
      for (let step = 0; step < pairs; step++) {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        let v = v128.load32_splat(p);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(v, b0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p + aRow);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v, b0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p + 2 * aRow);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(v, b0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p + 3 * aRow);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(v, b0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(v, b1));
        p += 4;
        q += 32;
      }
      storeRow(to, count, s00, s01);
      storeRow(to + outRow, count, s10, s11);
      storeRow(to + 2 * outRow, count, s20, s21);
      storeRow(to + 3 * outRow, count, s30, s31);
      from += 4 * aRow;
      to += 4 * outRow;
    }
    for (; i < m; i++) {
      let s0 = i32x4.splat(0);
      let s1 = s0;
      let p = from;
      let q = b;
      for (let step = 0; step < pairs; step++) {
        const v = v128.load32_splat(p);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, v128.load(q)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, v128.load(q, 16)));
        p += 4;
        q += 32;
      }
      storeRow(to, count, s0, s1);
      from += aRow;
      to += outRow;
    }
    b += (<usize>pairs) << 5;
  }
}

/** What panels without their zero points (of each column if zeroStep is 1) have too much: the sums of A's rows times these. */
export function i32_centre_columns(
  m: i32,
  n: i32,
  signed: i32,
  sums: usize,
  zero: usize,
  zeroStep: i32,
  out: usize,
): void {
  for (let row = 0; row < m; row++) {
    const total = load<i32>(sums + bytes4(row));
    for (let j = 0; j < n; j++) {
      store<i32>(out, load<i32>(out) - total * byteAt(zero + j * zeroStep, signed));
      out += 4;
    }
  }
}

/**
 * Sums [m][n] to bytes: nearest((sum + bias[row]) * (aScale * bScale / yScale)) + yZero, in float32. Scales of rows and of
 * columns lie aStep and bStep floats apart; bias 0: none.
 */
export function i32_requantize(
  m: i32,
  n: i32,
  signed: i32,
  sums: usize,
  bias: usize,
  aScale: usize,
  aStep: i32,
  bScale: usize,
  bStep: i32,
  yScale: usize,
  yZero: usize,
  out: usize,
): void {
  const divisor = f32x4.splat(load<f32>(yScale));
  const zero = byteAt(yZero, signed);
  for (let row = 0; row < m; row++) {
    const left = f32x4.splat(load<f32>(aScale + bytes4(row * aStep)));
    const added = i32x4.splat(bias ? load<i32>(bias + bytes4(row)) : 0);
    for (let j = 0; j < n; j += 4) {
      const count = min<i32>(4, n - j);
      let right = f32x4.splat(load<f32>(bScale + bytes4(j * bStep)));
      let sum = v128.load32_zero(sums);
      if (count === 4) {
        sum = v128.load(sums);
        if (bStep) right = v128.load(bScale + bytes4(j));
      } else {
        if (count > 1) sum = v128.load32_lane(sums, sum, 1, 4);
        if (count > 2) sum = v128.load32_lane(sums, sum, 2, 8);
        if (bStep && count > 1) right = v128.load32_lane(bScale + bytes4(j), right, 1, 4);
        if (bStep && count > 2) right = v128.load32_lane(bScale + bytes4(j), right, 2, 8);
      }
      const factor = f32x4.div(f32x4.mul(left, right), divisor);
      const scaled = f32x4.mul(f32x4.convert_i32x4_s(i32x4.add(sum, added)), factor);
      storeBytes(out, quantized4(scaled, zero, signed), count);
      sums += bytes4(count);
      out += count;
    }
  }
}
