// The end of a transposed convolution: the columns of the product, gathered into rows of the image.
//
// Output row oy takes input row iy by the taps ky with oy = iy * strideY - padTop + ky * dilationY; columns alike. The places
// ox = phase + j * strideX of one row see the same taps, and per tap what they take lies side by side:
//
//     stride 2    phase 0: j = 0 1 2 3 -> ox 0 2 4 6
//                 phase 1: j = 0 1 2 3 -> ox 1 3 5 7
//
// From tap to tap, and from row to row, the address moves by a fixed step.
import { clamp, clamp_1 } from '../simd';

/** The first tap with (at - tap * dilation) divisible by the stride, or `taps`. */
function firstDue(at: i32, taps: i32, stride: i32, dilation: i32): i32 {
  let tap = 0;
  while (tap < taps && (at - tap * dilation) % stride !== 0) tap++;
  return tap;
}

function greatestCommonDivisor(a: i32, b: i32): i32 {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** Four places side by side, all of whose taps lie inside. */
function sum4(p: usize, rows: i32, rowStep: usize, taps: i32, tapStep: usize, bias: v128): v128 {
  let total = bias;
  for (let r = 0; r < rows; r++) {
    let q = p;
    for (let t = 0; t < taps; t++) {
      total = f32x4.add(total, v128.load(q));
      q += tapStep;
    }
    p += rowStep;
  }
  return total;
}

/** One place; `ix` is where its first tap lies, and the next `shift` before it. */
function sum1(
  p: usize,
  rows: i32,
  rowStep: usize,
  taps: i32,
  tapStep: usize,
  ix: i32,
  shift: i32,
  width: i32,
  bias: f32,
): f32 {
  let total = bias;
  for (let r = 0; r < rows; r++) {
    let q = p;
    let at = ix;
    for (let t = 0; t < taps; t++) {
      if (<u32>at < <u32>width) total += load<f32>(q);
      q += tapStep;
      at -= shift;
    }
    p += rowStep;
  }
  return total;
}

/**
 * columns [channels][KH * KW][rows * W], made from the input rows iyFirst .. iyFirst + rows - 1, summed into the rows
 * oyFirst .. oyFirst + outRows - 1 of out [channels][plane]; `out` is the place of row oyFirst. bias [channels] may be 0.
 * Ends in min(max(sum, lo), hi), NaN kept.
 */
export function f32_conv_transpose(
  channels: i32,
  rows: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  dilationY: i32,
  dilationX: i32,
  iyFirst: i32,
  oyFirst: i32,
  outRows: i32,
  outWidth: i32,
  columns: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  out: usize,
  plane: i32,
): void {
  const rowBytes = (<usize>width) << 2;
  const tapBytes = <usize>rows * rowBytes;
  const dueY = strideY / greatestCommonDivisor(strideY, dilationY);
  const dueX = strideX / greatestCommonDivisor(strideX, dilationX);
  const shiftY = (dilationY * dueY) / strideY;
  const shiftX = (dilationX * dueX) / strideX;
  const rowStep = <usize>(dueY * kernelWidth) * tapBytes - <usize>shiftY * rowBytes;
  const tapStep = <usize>dueX * tapBytes - ((<usize>shiftX) << 2);
  const low = f32x4.splat(lo);
  const high = f32x4.splat(hi);
  for (let channel = 0; channel < channels; channel++) {
    const b: f32 = bias ? load<f32>(bias + ((<usize>channel) << 2)) : 0;
    const b4 = f32x4.splat(b);
    let to = out + ((<usize>channel * <usize>plane) << 2);
    for (let oy = oyFirst; oy < oyFirst + outRows; oy++) {
      let ky = firstDue(oy + padTop, kernelHeight, strideY, dilationY);
      let iy = (oy + padTop - ky * dilationY) / strideY - iyFirst;
      while (ky < kernelHeight && iy >= rows) {
        ky += dueY;
        iy -= shiftY;
      }
      let due = 0;
      while (ky + due * dueY < kernelHeight && iy - due * shiftY >= 0) due++;
      const line = columns + <usize>(ky * kernelWidth) * tapBytes + <usize>iy * rowBytes;
      // Phase by phase; with a stride of 2 both at once, so that their places go out interleaved.
      for (let phase = 0; phase < strideX; phase += 2) {
        const pair = phase + 1 < strideX;
        const kx0 = firstDue(phase + padLeft, kernelWidth, strideX, dilationX);
        const kx1 = pair ? firstDue(phase + 1 + padLeft, kernelWidth, strideX, dilationX) : kernelWidth;
        const taps0 = (kernelWidth - kx0 + dueX - 1) / dueX;
        const taps1 = (kernelWidth - kx1 + dueX - 1) / dueX;
        const ix0 = (phase + padLeft - kx0 * dilationX) / strideX;
        const ix1 = (phase + 1 + padLeft - kx1 * dilationX) / strideX;
        const p0 = line + <usize>kx0 * tapBytes + ((<usize>ix0) << 2);
        const p1 = line + <usize>kx1 * tapBytes + ((<usize>ix1) << 2);
        const count0 = (outWidth - phase + strideX - 1) / strideX;
        const count1 = pair ? (outWidth - phase - 1 + strideX - 1) / strideX : 0;
        // Places j in [inside, end) have all taps of both phases inside.
        let inside = 0;
        let end = pair ? count1 : count0;
        if (taps0 > 0) {
          inside = max<i32>(inside, (taps0 - 1) * shiftX - ix0);
          end = min<i32>(end, width - ix0);
        }
        if (taps1 > 0) {
          inside = max<i32>(inside, (taps1 - 1) * shiftX - ix1);
          end = min<i32>(end, width - ix1);
        }
        let j = 0;
        while (j < count0) {
          const at = to + ((<usize>(phase + j * strideX)) << 2);
          const skipped = (<usize>j) << 2;
          if (j >= inside && j + 4 <= end) {
            const v0 = clamp(sum4(p0 + skipped, due, rowStep, taps0, tapStep, b4), low, high);
            if (strideX === 1) {
              v128.store(at, v0);
            } else {
              const v1 = pair ? clamp(sum4(p1 + skipped, due, rowStep, taps1, tapStep, b4), low, high) : v0;
              if (strideX === 2) {
                v128.store(at, v128.shuffle<f32>(v0, v1, 0, 4, 1, 5));
                v128.store(at, v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), 16);
              } else {
                const step = (<usize>strideX) << 2;
                v128.store_lane<f32>(at, v0, 0);
                v128.store_lane<f32>(at + step, v0, 1);
                v128.store_lane<f32>(at + 2 * step, v0, 2);
                v128.store_lane<f32>(at + 3 * step, v0, 3);
                if (pair) {
                  v128.store_lane<f32>(at, v1, 0, 4);
                  v128.store_lane<f32>(at + step, v1, 1, 4);
                  v128.store_lane<f32>(at + 2 * step, v1, 2, 4);
                  v128.store_lane<f32>(at + 3 * step, v1, 3, 4);
                }
              }
            }
            j += 4;
            continue;
          }
          const y0 = sum1(p0 + skipped, due, rowStep, taps0, tapStep, ix0 + j, shiftX, width, b);
          store<f32>(at, clamp_1(y0, lo, hi));
          if (j < count1) {
            const y1 = sum1(p1 + skipped, due, rowStep, taps1, tapStep, ix1 + j, shiftX, width, b);
            store<f32>(at, clamp_1(y1, lo, hi), 4);
          }
          j++;
        }
      }
      to += (<usize>outWidth) << 2;
    }
    columns += <usize>(kernelHeight * kernelWidth) * tapBytes;
  }
}
