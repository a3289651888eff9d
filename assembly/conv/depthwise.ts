// Depthwise convolution: every output channel sees one input channel, so there is no matrix to multiply by.
//
//     output row:   | edge | interior: every kx falls inside the image     | edge |
//                     one    8 or 4 columns at a time, weights splat           one by one
import { clamp, clamp_1, madd } from '../simd';

/** Four consecutive outputs' inputs, `stride` 1 or 2 apart. Reads nothing past the last of them. */
function load_4(from: usize, stride: i32): v128 {
  if (stride === 1) return v128.load(from);
  return v128.shuffle<f32>(v128.load(from), v128.load(from, 12), 0, 2, 5, 7);
}

/** One output at a place where taps may fall outside. [ky0, ky1) are the kernel rows inside the image. */
function edge(
  width: i32,
  kernelWidth: i32,
  ky0: i32,
  ky1: i32,
  dilationY: i32,
  dilationX: i32,
  iy: i32,
  ix: i32,
  plane: usize,
  weights: usize,
  bias: f32,
): f32 {
  let sum = bias;
  for (let ky = ky0; ky < ky1; ky++) {
    const row = plane + ((<usize>(iy + ky * dilationY) * <usize>width) << 2);
    const w = weights + ((<usize>(ky * kernelWidth)) << 2);
    for (let kx = 0; kx < kernelWidth; kx++) {
      const at = ix + kx * dilationX;
      if (at >= 0 && at < width) sum += load<f32>(w + ((<usize>kx) << 2)) * load<f32>(row + ((<usize>at) << 2));
    }
  }
  return sum;
}

/** One plane. The interior columns [left, right) are those where every kx is inside. */
function plane_of(
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
  left: i32,
  right: i32,
  x: usize,
  weights: usize,
  bias: f32,
  lo: f32,
  hi: f32,
  out: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi),
    start = f32x4.splat(bias);
  const kernelStep = (<usize>dilationX) << 2,
    rowStep = (<usize>dilationY * <usize>width) << 2;
  const eight = (<usize>strideX) << 4;
  for (let oy = 0; oy < outHeight; oy++) {
    const iy = oy * strideY - padTop;
    let ky0 = 0,
      ky1 = kernelHeight;
    while (ky0 < ky1 && iy + ky0 * dilationY < 0) ky0++;
    while (ky1 > ky0 && iy + (ky1 - 1) * dilationY >= height) ky1--;
    let ox = 0;
    for (; ox < left; ox++) {
      const sum = edge(
        width,
        kernelWidth,
        ky0,
        ky1,
        dilationY,
        dilationX,
        iy,
        ox * strideX - padLeft,
        x,
        weights,
        bias,
      );
      store<f32>(out + ((<usize>ox) << 2), clamp_1(sum, lo, hi));
    }
    if (strideX <= 2) {
      const top = weights + ((<usize>(ky0 * kernelWidth)) << 2);
      const first = x + ((<usize>(iy + ky0 * dilationY) * <usize>width) << 2);
      for (; ox + 8 <= right; ox += 8) {
        let s0 = start,
          s1 = start;
        let row = first + ((<usize>(ox * strideX - padLeft)) << 2),
          w = top;
        for (let ky = ky0; ky < ky1; ky++) {
          let at = row;
          for (let kx = 0; kx < kernelWidth; kx++) {
            const tap = v128.load32_splat(w);
            s0 = madd(tap, load_4(at, strideX), s0);
            s1 = madd(tap, load_4(at + eight, strideX), s1);
            at += kernelStep;
            w += 4;
          }
          row += rowStep;
        }
        v128.store(out + ((<usize>ox) << 2), clamp(s0, low, high));
        v128.store(out + ((<usize>ox) << 2), clamp(s1, low, high), 16);
      }
      for (; ox + 4 <= right; ox += 4) {
        let s0 = start;
        let row = first + ((<usize>(ox * strideX - padLeft)) << 2),
          w = top;
        for (let ky = ky0; ky < ky1; ky++) {
          let at = row;
          for (let kx = 0; kx < kernelWidth; kx++) {
            s0 = madd(v128.load32_splat(w), load_4(at, strideX), s0);
            at += kernelStep;
            w += 4;
          }
          row += rowStep;
        }
        v128.store(out + ((<usize>ox) << 2), clamp(s0, low, high));
      }
    }
    for (; ox < outWidth; ox++) {
      const sum = edge(
        width,
        kernelWidth,
        ky0,
        ky1,
        dilationY,
        dilationX,
        iy,
        ox * strideX - padLeft,
        x,
        weights,
        bias,
      );
      store<f32>(out + ((<usize>ox) << 2), clamp_1(sum, lo, hi));
    }
    out += (<usize>outWidth) << 2;
  }
}

/**
 * One image x [C, H, W], weights [C * multiplier][KH][KW] → out [C * multiplier][OH][OW]; output channel
 * c * multiplier + j reads input channel c. bias may be 0. Ends in min(max(sum, lo), hi), NaN kept.
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
): void {
  let left = 0;
  while (left < outWidth && left * strideX < padLeft) left++;
  let right = outWidth;
  while (right > left && (right - 1) * strideX - padLeft + (kernelWidth - 1) * dilationX >= width) right--;
  for (let channel = 0; channel < channels * multiplier; channel++) {
    const plane = x + ((<usize>(channel / multiplier) * <usize>height * <usize>width) << 2);
    const b: f32 = bias ? load<f32>(bias + ((<usize>channel) << 2)) : 0;
    const taps = weights + ((<usize>channel * <usize>(kernelHeight * kernelWidth)) << 2);
    // The stride is spelled out so that each copy of the loop knows how it loads.
    if (strideX === 1) {
      inline.always(
        plane_of(
          height,
          width,
          kernelHeight,
          kernelWidth,
          strideY,
          1,
          padTop,
          padLeft,
          dilationY,
          dilationX,
          outHeight,
          outWidth,
          left,
          right,
          plane,
          taps,
          b,
          lo,
          hi,
          out,
        ),
      );
    } else if (strideX === 2) {
      inline.always(
        plane_of(
          height,
          width,
          kernelHeight,
          kernelWidth,
          strideY,
          2,
          padTop,
          padLeft,
          dilationY,
          dilationX,
          outHeight,
          outWidth,
          left,
          right,
          plane,
          taps,
          b,
          lo,
          hi,
          out,
        ),
      );
    } else {
      inline.always(
        plane_of(
          height,
          width,
          kernelHeight,
          kernelWidth,
          strideY,
          strideX,
          padTop,
          padLeft,
          dilationY,
          dilationX,
          outHeight,
          outWidth,
          left,
          right,
          plane,
          taps,
          b,
          lo,
          hi,
          out,
        ),
      );
    }
    out += (<usize>outHeight * <usize>outWidth) << 2;
  }
}
