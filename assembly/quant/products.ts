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

/** [m][k] bytes, less a zero point (0: none; of each row if zeroStep is 1), as rows of pairs; and their sums, unless 0. */
export function i16_pack_rows(
  m: i32,
  k: i32,
  signed: i32,
  x: usize,
  zero: usize,
  zeroStep: i32,
  out: usize,
  sums: usize,
): void {
  for (let row = 0; row < m; row++) {
    const middle = zero ? byteAt(zero + row * zeroStep, signed) : 0;
    let total = 0;
    for (let i = 0; i < k; i++) {
      const v = byteAt(x + i, signed) - middle;
      store<i16>(out + ((<usize>i) << 1), <i16>v);
      total += v;
    }
    if (k & 1) store<i16>(out + ((<usize>k) << 1), 0);
    if (sums) {
      store<i32>(sums, total);
      sums += 4;
    }
    x += k;
    out += (<usize>((k + 1) & ~1)) << 1;
  }
}

/** [batch][k][n] bytes as panels. Lanes past n hold 0. */
export function i16_pack_columns(batch: i32, k: i32, n: i32, signed: i32, x: usize, out: usize): void {
  for (let item = 0; item < batch; item++) {
    for (let j = 0; j < n; j += 8) {
      const width = min<i32>(8, n - j);
      for (let i = 0; i < k; i += 2) {
        const p = x + <usize>(i * n + j);
        for (let lane = 0; lane < 8; lane++) {
          const there = lane < width;
          const first = there ? byteAt(p + lane, signed) : 0;
          const second = there && i + 1 < k ? byteAt(p + n + lane, signed) : 0;
          store<i32>(out, (first & 0xffff) | (second << 16));
          out += 4;
        }
      }
    }
    x += <usize>(k * n);
  }
}

/** Eight numbers of i16 into one half of the pairs at `out`; the first half clears the second. */
function storeHalf(out: usize, second: bool, v: v128): void {
  const low = i32x4.extend_low_i16x8_u(v);
  const high = i32x4.extend_high_i16x8_u(v);
  if (!second) {
    v128.store(out, low);
    v128.store(out, high, 16);
    return;
  }
  v128.store(out, v128.or(v128.load(out), i32x4.shl(low, 16)));
  v128.store(out, v128.or(v128.load(out, 16), i32x4.shl(high, 16)), 16);
}

/** One image of [channels][height][width] bytes, less a zero point, as panels of (c, ky, kx) by (oy, ox); padding is 0. */
export function i16_im2col(
  channels: i32,
  height: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  dilationY: i32,
  dilationX: i32,
  outHeight: i32,
  outWidth: i32,
  signed: i32,
  x: usize,
  zero: usize,
  out: usize,
): void {
  const middle = zero ? byteAt(zero, signed) : 0;
  const m = i16x8.splat(<i16>middle);
  const n = outHeight * outWidth;
  for (let j = 0; j < n; j += 8) {
    const oy = j / outWidth;
    const ox = j - oy * outWidth;
    // Eight columns of one output row are eight neighbours in the image, or every other of fifteen.
    const together = ox + 8 <= outWidth && strideX <= 2;
    const reach = strideX === 1 ? 8 : 16;
    const top = oy * strideY - padTop;
    const left = ox * strideX - padLeft;
    let second = false;
    let plane = x;
    for (let c = 0; c < channels; c++) {
      for (let ky = 0; ky < kernelHeight; ky++) {
        const iy = top + ky * dilationY;
        const row = plane + <usize>(iy * width);
        for (let kx = 0; kx < kernelWidth; kx++) {
          const ix = left + kx * dilationX;
          if (together && (iy < 0 || iy >= height)) {
            storeHalf(out, second, i16x8.splat(0));
          } else if (together && ix >= 0 && ix + reach <= width) {
            let bytes = strideX === 1 ? v128.load64_zero(row + ix) : v128.load(row + ix);
            if (strideX === 2)
              bytes = i8x16.shuffle(bytes, bytes, 0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14);
            const v = signed ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes);
            storeHalf(out, second, i16x8.sub(v, m));
          } else {
            let y = iy;
            let at = ix;
            let across = ox;
            for (let lane = 0; lane < 8; lane++) {
              const inside = j + lane < n && y >= 0 && y < height && at >= 0 && at < width;
              const v = inside ? byteAt(plane + <usize>(y * width + at), signed) - middle : 0;
              const to = out + ((<usize>lane) << 2);
              if (second) store<i16>(to, <i16>v, 2);
              else store<i32>(to, v & 0xffff);
              at += strideX;
              if (++across === outWidth) {
                across = 0;
                at = kx * dilationX - padLeft;
                y += strideY;
              }
            }
          }
          if (second) out += 32;
          second = !second;
        }
      }
      plane += <usize>(height * width);
    }
    if (second) out += 32;
  }
}

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
