// Depthwise convolution by 3x3: strips of four columns, top to bottom. The weights stay in registers, and a row of the plane is
// read once for all rows of the output that take it, each of which is a sum that still lacks some rows. A row's three products
// are added up before they join their sum, so that it waits for one addition a row.
import { clamp, madd } from '../simd';

/** a·x + b·y + c·z */
function sum_3(a: v128, x: v128, b: v128, y: v128, c: v128, z: v128): v128 {
  return madd(c, z, madd(b, y, f32x4.mul(a, x)));
}

/**
 * A stride of 1 down: `s` lacks its last row, `t` its last two. `second` and `third` are where a row's other taps lie, in bytes
 * from its first. At least four columns; the last strip moves back so as to be whole.
 */
export function strips_3x3(
  weights: usize,
  second: usize,
  third: usize,
  start: v128,
  low: v128,
  high: v128,
  plane: usize,
  pitchBytes: usize,
  rows: i32,
  columns: i32,
  out: usize,
): void {
  const outBytes = (<usize>columns) << 2;
  const w0 = v128.load32_splat(weights),
    w1 = v128.load32_splat(weights, 4),
    w2 = v128.load32_splat(weights, 8),
    w3 = v128.load32_splat(weights, 12),
    w4 = v128.load32_splat(weights, 16),
    w5 = v128.load32_splat(weights, 20),
    w6 = v128.load32_splat(weights, 24),
    w7 = v128.load32_splat(weights, 28),
    w8 = v128.load32_splat(weights, 32);
  for (let x = 0; x < columns; x += 4) {
    const column = (<usize>min<i32>(x, columns - 4)) << 2;
    let at = plane + column,
      to = out + column;
    const end = to + <usize>rows * outBytes;
    let a = v128.load(at),
      b = v128.load(at + second),
      c = v128.load(at + third);
    let t = f32x4.add(start, sum_3(w0, a, w1, b, w2, c));
    at += pitchBytes;
    a = v128.load(at);
    b = v128.load(at + second);
    c = v128.load(at + third);
    let s = f32x4.add(t, sum_3(w3, a, w4, b, w5, c));
    t = f32x4.add(start, sum_3(w0, a, w1, b, w2, c));
    for (; to !== end; to += outBytes) {
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at + second);
      c = v128.load(at + third);
      v128.store(to, clamp(f32x4.add(s, sum_3(w6, a, w7, b, w8, c)), low, high));
      s = f32x4.add(t, sum_3(w3, a, w4, b, w5, c));
      t = f32x4.add(start, sum_3(w0, a, w1, b, w2, c));
    }
  }
}

/** The same with a stride of 2 down: every other row of the plane is shared by two of the output. */
export function strips_3x3_halved(
  weights: usize,
  second: usize,
  third: usize,
  start: v128,
  low: v128,
  high: v128,
  plane: usize,
  pitchBytes: usize,
  rows: i32,
  columns: i32,
  out: usize,
): void {
  const outBytes = (<usize>columns) << 2;
  const w0 = v128.load32_splat(weights),
    w1 = v128.load32_splat(weights, 4),
    w2 = v128.load32_splat(weights, 8),
    w3 = v128.load32_splat(weights, 12),
    w4 = v128.load32_splat(weights, 16),
    w5 = v128.load32_splat(weights, 20),
    w6 = v128.load32_splat(weights, 24),
    w7 = v128.load32_splat(weights, 28),
    w8 = v128.load32_splat(weights, 32);
  for (let x = 0; x < columns; x += 4) {
    const column = (<usize>min<i32>(x, columns - 4)) << 2;
    let at = plane + column,
      to = out + column;
    const end = to + <usize>rows * outBytes;
    let a = v128.load(at),
      b = v128.load(at + second),
      c = v128.load(at + third);
    let s = f32x4.add(start, sum_3(w0, a, w1, b, w2, c));
    for (; to !== end; to += outBytes) {
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at + second);
      c = v128.load(at + third);
      s = f32x4.add(s, sum_3(w3, a, w4, b, w5, c));
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at + second);
      c = v128.load(at + third);
      v128.store(to, clamp(f32x4.add(s, sum_3(w6, a, w7, b, w8, c)), low, high));
      s = f32x4.add(start, sum_3(w0, a, w1, b, w2, c));
    }
  }
}
