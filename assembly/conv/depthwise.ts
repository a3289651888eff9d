// Depthwise convolution: every output channel sees one input channel, so there is no matrix to multiply by. The plane is
// brought into phases first (phases.ts); then squares of 4 rows by 4 columns stay in registers while the taps pass by.
// Squares at the right and lower end move back so as to be whole.
import { clamp, madd, store_first } from '../simd';
import { fill_phases } from './phases';

/** Stores the square's rows; fewer rows or columns only where the output is smaller than a square. */
function store_square(
  to: usize,
  outBytes: usize,
  rows: i32,
  columns: i32,
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
): void {
  store_first(to, s0, columns);
  if (rows > 1) store_first(to + outBytes, s1, columns);
  if (rows > 2) store_first(to + 2 * outBytes, s2, columns);
  if (rows > 3) store_first(to + 3 * outBytes, s3, columns);
}

/** Any window: `offsets` [taps], in bytes from the first input of an output. */
function squares(
  taps: i32,
  offsets: usize,
  weights: usize,
  start: v128,
  low: v128,
  high: v128,
  plane: usize,
  stepBytes: usize,
  outHeight: i32,
  outWidth: i32,
  out: usize,
): void {
  const outBytes = (<usize>outWidth) << 2;
  const end = offsets + ((<usize>taps) << 2);
  for (let y = 0; y < outHeight; y += 4) {
    const row = <usize>min<i32>(y, max<i32>(0, outHeight - 4));
    for (let x = 0; x < outWidth; x += 4) {
      const column = (<usize>min<i32>(x, max<i32>(0, outWidth - 4))) << 2;
      const from = plane + row * stepBytes + column;
      let s0 = start,
        s1 = start,
        s2 = start,
        s3 = start;
      let w = weights;
      for (let t = offsets; t !== end; t += 4) {
        const at = from + load<u32>(t);
        const tap = v128.load32_splat(w);
        s0 = madd(tap, v128.load(at), s0);
        s1 = madd(tap, v128.load(at + stepBytes), s1);
        const below = at + 2 * stepBytes;
        s2 = madd(tap, v128.load(below), s2);
        s3 = madd(tap, v128.load(below + stepBytes), s3);
        w += 4;
      }
      store_square(
        out + row * outBytes + column,
        outBytes,
        outHeight,
        outWidth,
        clamp(s0, low, high),
        clamp(s1, low, high),
        clamp(s2, low, high),
        clamp(s3, low, high),
      );
    }
  }
}

/**
 * 3x3, stride and dilation 1: the weights stay in registers, and a row of the plane is loaded once for the three rows of the
 * output that read it. `never` is 0: branches that are not taken keep engines from moving all loads to the front, where
 * registers run out (1.1 to 1.4 times slower).
 */
function squares_3x3(
  weights: usize,
  start: v128,
  low: v128,
  high: v128,
  plane: usize,
  pitchBytes: usize,
  outHeight: i32,
  outWidth: i32,
  out: usize,
  never: i32,
): void {
  const outBytes = (<usize>outWidth) << 2;
  const w0 = v128.load32_splat(weights),
    w1 = v128.load32_splat(weights, 4),
    w2 = v128.load32_splat(weights, 8),
    w3 = v128.load32_splat(weights, 12),
    w4 = v128.load32_splat(weights, 16),
    w5 = v128.load32_splat(weights, 20),
    w6 = v128.load32_splat(weights, 24),
    w7 = v128.load32_splat(weights, 28),
    w8 = v128.load32_splat(weights, 32);
  for (let y = 0; y < outHeight; y += 4) {
    const row = <usize>min<i32>(y, max<i32>(0, outHeight - 4));
    for (let x = 0; x < outWidth; x += 4) {
      const column = (<usize>min<i32>(x, max<i32>(0, outWidth - 4))) << 2;
      let at = plane + row * pitchBytes + column;
      let a = v128.load(at),
        b = v128.load(at, 4),
        c = v128.load(at, 8);
      let s0 = madd(w2, c, madd(w1, b, madd(w0, a, start)));
      if (never) unreachable();
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at, 4);
      c = v128.load(at, 8);
      s0 = madd(w5, c, madd(w4, b, madd(w3, a, s0)));
      let s1 = madd(w2, c, madd(w1, b, madd(w0, a, start)));
      if (never) unreachable();
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at, 4);
      c = v128.load(at, 8);
      s0 = madd(w8, c, madd(w7, b, madd(w6, a, s0)));
      s1 = madd(w5, c, madd(w4, b, madd(w3, a, s1)));
      let s2 = madd(w2, c, madd(w1, b, madd(w0, a, start)));
      if (never) unreachable();
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at, 4);
      c = v128.load(at, 8);
      s1 = madd(w8, c, madd(w7, b, madd(w6, a, s1)));
      s2 = madd(w5, c, madd(w4, b, madd(w3, a, s2)));
      let s3 = madd(w2, c, madd(w1, b, madd(w0, a, start)));
      if (never) unreachable();
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at, 4);
      c = v128.load(at, 8);
      s2 = madd(w8, c, madd(w7, b, madd(w6, a, s2)));
      s3 = madd(w5, c, madd(w4, b, madd(w3, a, s3)));
      if (never) unreachable();
      at += pitchBytes;
      a = v128.load(at);
      b = v128.load(at, 4);
      c = v128.load(at, 8);
      s3 = madd(w8, c, madd(w7, b, madd(w6, a, s3)));
      store_square(
        out + row * outBytes + column,
        outBytes,
        outHeight,
        outWidth,
        clamp(s0, low, high),
        clamp(s1, low, high),
        clamp(s2, low, high),
        clamp(s3, low, high),
      );
    }
  }
}

/**
 * One image x [C, H, W], weights [C * multiplier][KH][KW] → out [C * multiplier][OH][OW]; output channel
 * c * multiplier + j reads input channel c. bias may be 0. Ends in min(max(sum, lo), hi), NaN kept.
 *
 *     scratch:  offsets [KH * KW] u32, to a multiple of 16 bytes | phases [strideX][rows][pitch]
 *     rows = (max(OH, 4) - 1) * strideY + (KH - 1) * dilationY + 1
 *     pitch = max(OW, 4) + (KW - 1) * dilationX / strideX, cut off
 */
export function f32_depthwise(
  channels: i32,
  multiplier: i32,
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
  x: usize,
  weights: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  out: usize,
  scratch: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const taps = kernelHeight * kernelWidth;
  const rows = (max<i32>(outHeight, 4) - 1) * strideY + (kernelHeight - 1) * dilationY + 1;
  const pitch = max<i32>(outWidth, 4) + ((kernelWidth - 1) * dilationX) / strideX;
  const pitchBytes = (<usize>pitch) << 2,
    phaseBytes = <usize>rows * pitchBytes;
  let offset = scratch;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const column = kx * dilationX;
      const phase = <usize>(column % strideX) * phaseBytes;
      store<u32>(offset, <u32>(phase + <usize>(ky * dilationY) * pitchBytes + ((<usize>(column / strideX)) << 2)));
      offset += 4;
    }
  }
  const phases = (offset + 15) & ~15;
  memory.fill(phases, 0, <usize>strideX * phaseBytes);
  const narrow = kernelHeight === 3 && kernelWidth === 3 && dilationY === 1 && dilationX === 1;
  for (let channel = 0; channel < channels; channel++) {
    fill_phases(height, width, x, padTop, padLeft, strideX, rows, pitch, phases);
    for (let j = 0; j < multiplier; j++) {
      const start = bias ? v128.load32_splat(bias) : f32x4.splat(0);
      if (narrow && strideY === 1 && strideX === 1)
        squares_3x3(weights, start, low, high, phases, pitchBytes, outHeight, outWidth, out, channels >> 31);
      else
        squares(
          taps,
          scratch,
          weights,
          start,
          low,
          high,
          phases,
          <usize>strideY * pitchBytes,
          outHeight,
          outWidth,
          out,
        );
      weights += (<usize>taps) << 2;
      if (bias) bias += 4;
      out += (<usize>outHeight * <usize>outWidth) << 2;
    }
    x += (<usize>height * <usize>width) << 2;
  }
}
