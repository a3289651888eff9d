// Transposed convolution by 2x2 with a stride of 2: nothing overlaps, so every pixel becomes a square of its own. The four
// taps of a filter lie side by side, four rows of a product; what they make of eight pixels goes out interleaved:
//
//     x [C][8 pixels]   *   w [C][4 taps]   ->   row 0:  00 01 00 01 ... 16 floats      row 1:  10 11 10 11 ...
import { clamp, madd } from '../simd';

/** Eight pixels of every channel side by side. */
function pack(channels: i32, x: usize, planeBytes: usize, to: usize): void {
  for (let i = 0; i < channels; i++) {
    v128.store(to, v128.load(x));
    v128.store(to, v128.load(x, 16), 16);
    x += planeBytes;
    to += 32;
  }
}

/** One filter over eight pixels, channels bStep apart; `a` steps from channel to channel. */
function square(
  channels: i32,
  b: usize,
  bStep: usize,
  a: usize,
  aStep: usize,
  bias: v128,
  low: v128,
  high: v128,
  out: usize,
  rowBytes: usize,
): void {
  let s00 = bias,
    s01 = bias,
    s10 = bias,
    s11 = bias,
    s20 = bias,
    s21 = bias,
    s30 = bias,
    s31 = bias;
  for (let i = 0; i < channels; i++) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    const w0 = v128.load32_splat(a);
    s00 = madd(w0, b0, s00);
    s01 = madd(w0, b1, s01);
    const w1 = v128.load32_splat(a, 4);
    s10 = madd(w1, b0, s10);
    s11 = madd(w1, b1, s11);
    const w2 = v128.load32_splat(a, 8);
    s20 = madd(w2, b0, s20);
    s21 = madd(w2, b1, s21);
    const w3 = v128.load32_splat(a, 12);
    s30 = madd(w3, b0, s30);
    s31 = madd(w3, b1, s31);
    b += bStep;
    a += aStep;
  }
  interleave(clamp(s00, low, high), clamp(s10, low, high), out);
  interleave(clamp(s01, low, high), clamp(s11, low, high), out + 32);
  out += rowBytes;
  interleave(clamp(s20, low, high), clamp(s30, low, high), out);
  interleave(clamp(s21, low, high), clamp(s31, low, high), out + 32);
}

function interleave(even: v128, odd: v128, to: usize): void {
  v128.store(to, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}

/**
 * Some rows of an image x [C][plane], at least 8 wide, weights [C][F][2][2] → out [F][outPlane], rows of 2 W. bias [F] may be 0.
 * Ends in min(max(sum, lo), hi), NaN kept. scratch: C * 32 bytes.
 */
export function f32_conv_transpose_2x2(
  channels: i32,
  filters: i32,
  rows: i32,
  width: i32,
  x: usize,
  plane: i32,
  weights: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  out: usize,
  outPlane: i32,
  scratch: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const planeBytes = (<usize>plane) << 2,
    outPlaneBytes = (<usize>outPlane) << 2,
    rowBytes = (<usize>width) << 3,
    step = (<usize>filters) << 4;
  for (let y = 0; y < rows; y++) {
    for (let left = 0; left < width; left += 8) {
      const column = <usize>min<i32>(left, width - 8);
      const from = x + (column << 2);
      // A single filter reads the pixels where they are.
      if (filters > 1) pack(channels, from, planeBytes, scratch);
      const b = filters > 1 ? scratch : from;
      const bStep: usize = filters > 1 ? 32 : planeBytes;
      let to = out + (column << 3),
        a = weights;
      for (let f = 0; f < filters; f++) {
        const start = bias ? v128.load32_splat(bias + ((<usize>f) << 2)) : f32x4.splat(0);
        square(channels, b, bStep, a, step, start, low, high, to, rowBytes);
        a += 16;
        to += outPlaneBytes;
      }
    }
    x += (<usize>width) << 2;
    out += 2 * rowBytes;
  }
}
