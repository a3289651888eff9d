// One image [C, H, W] as the matrix a convolution multiplies by: rows (c, ky, kx), columns (oy, ox).
//
//     entry (c, ky, kx), (oy, ox) = x[c][oy * strideY - padTop + ky * dilationY][ox * strideX - padLeft + kx * dilationX],
//     0 outside the image
//
// The columns of one panel are cut into segments that stay within one output row; inside a segment the image is read
// along x, so that with stride 1 whole vectors move.
import { store_first } from '../simd';

function zero_run(to: usize, n: i32): void {
  const zero = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    v128.store(to, zero);
    to += 16;
  }
  store_first(to, zero, n);
}

/** n floats, `stride` apart in the image, side by side. Reads only those n. */
function copy_run(to: usize, from: usize, n: i32, stride: i32): void {
  if (stride === 1) {
    for (; n >= 4; n -= 4) {
      v128.store(to, v128.load(from));
      to += 16;
      from += 16;
    }
  } else if (stride === 2) {
    // 0 . 2 .      from + 0
    //    . 4 . 6   from + 3: nothing past the last float wanted is read
    for (; n >= 4; n -= 4) {
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 12), 0, 2, 5, 7));
      to += 16;
      from += 32;
    }
  }
  const step = (<usize>stride) << 2;
  for (; n > 0; n--) {
    store<f32>(to, load<f32>(from));
    to += 4;
    from += step;
  }
}

/** The first j >= 0 with j * stride >= distance. */
function steps_to(distance: i32, stride: i32): i32 {
  if (distance <= 0) return 0;
  return stride === 1 ? distance : (distance + stride - 1) / stride;
}

/** `count` output columns of row oy from ox on, all C * KH * KW entries, into the lanes at `out`, entries stepBytes apart. */
function segment(
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
  oy: i32,
  ox: i32,
  count: i32,
  x: usize,
  out: usize,
  stepBytes: usize,
): void {
  const planeBytes = (<usize>height * <usize>width) << 2;
  for (let c = 0; c < channels; c++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const iy = oy * strideY - padTop + ky * dilationY;
      const inside = iy >= 0 && iy < height;
      const row = x + ((<usize>iy * <usize>width) << 2);
      for (let kx = 0; kx < kernelWidth; kx++) {
        const ix = ox * strideX - padLeft + kx * dilationX;
        const first = inside ? min<i32>(count, steps_to(-ix, strideX)) : count;
        const last = inside ? max<i32>(first, min<i32>(count, steps_to(width - ix, strideX))) : count;
        if (first > 0) zero_run(out, first);
        if (last > first)
          copy_run(out + ((<usize>first) << 2), row + ((<usize>(ix + first * strideX)) << 2), last - first, strideX);
        if (last < count) zero_run(out + ((<usize>last) << 2), count - last);
        out += stepBytes;
      }
    }
    x += planeBytes;
  }
}

function im2col(
  lanes: i32,
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
  x: usize,
  out: usize,
): void {
  const total = outHeight * outWidth;
  const entries = channels * kernelHeight * kernelWidth;
  const stepBytes = (<usize>lanes) << 2;
  for (let first = 0; first < total; first += lanes) {
    let lane = 0;
    while (lane < lanes && first + lane < total) {
      const oy = (first + lane) / outWidth,
        ox = (first + lane) % outWidth;
      const count = min<i32>(lanes - lane, outWidth - ox);
      segment(
        channels,
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
        oy,
        ox,
        count,
        x,
        out + ((<usize>lane) << 2),
        stepBytes,
      );
      lane += count;
    }
    if (lane < lanes) {
      for (let e = 0; e < entries; e++) zero_run(out + <usize>e * stepBytes + ((<usize>lane) << 2), lanes - lane);
    }
    out += <usize>entries * stepBytes;
  }
}

/** To columns8 panels [ceil(OH * OW / 8)][C * KH * KW][8], lanes past OH * OW are 0. */
export function f32_im2col_8(
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
  x: usize,
  out: usize,
): void {
  im2col(
    8,
    channels,
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
    x,
    out,
  );
}

/** To panels of 16 lanes [ceil(OH * OW / 16)][C * KH * KW][16], lanes past OH * OW are 0. */
export function f32_im2col_16(
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
  x: usize,
  out: usize,
): void {
  im2col(
    16,
    channels,
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
    x,
    out,
  );
}

/**
 * The transposed matrix, k = OH * OW and n = C * KH * KW, as columns8 panels [ceil(n / 8)][OH * OW][8]; lanes past n are 0.
 *
 *     entry q = (c, ky, kx) is lane q % 8 of panel q / 8: its values lie 32 bytes apart
 */
export function f32_im2col_transposed_8(
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
  x: usize,
  out: usize,
): void {
  const panelBytes = (<usize>outHeight * <usize>outWidth) << 5;
  const entries = channels * kernelHeight * kernelWidth;
  const stepBytes = (<usize>strideX) << 2;
  if (entries & 7) memory.fill(out + <usize>(entries >> 3) * panelBytes, 0, panelBytes);
  for (let q = 0; q < entries; q++) {
    const kx = q % kernelWidth,
      ky = (q / kernelWidth) % kernelHeight,
      c = q / (kernelWidth * kernelHeight);
    const plane = x + ((<usize>c * <usize>height * <usize>width) << 2);
    let to = out + <usize>(q >> 3) * panelBytes + ((<usize>(q & 7)) << 2);
    const ix = kx * dilationX - padLeft;
    const first = min<i32>(outWidth, steps_to(-ix, strideX));
    const last = max<i32>(first, min<i32>(outWidth, steps_to(width - ix, strideX)));
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * strideY - padTop + ky * dilationY;
      const inside = iy >= 0 && iy < height;
      let from = plane + ((<usize>iy * <usize>width + <usize>(ix + first * strideX)) << 2);
      const begin = inside ? first : outWidth,
        end = inside ? last : outWidth;
      let ox = 0;
      for (; ox < begin; ox++) {
        store<f32>(to, 0);
        to += 32;
      }
      for (; ox < end; ox++) {
        store<f32>(to, load<f32>(from));
        to += 32;
        from += stepBytes;
      }
      for (; ox < outWidth; ox++) {
        store<f32>(to, 0);
        to += 32;
      }
    }
  }
}
