// 8-bit operands as the i16 pairs that products.ts multiplies: rows, panels, and images as panels.
import { byteAt } from './quantize';

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
