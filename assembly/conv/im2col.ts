// One image [C, H, W] as the matrix that the gradient of a dense filter multiplies by.
//
//     row (oy, ox), column (c, ky, kx) = x[c][oy * strideY - padTop + ky * dilationY][ox * strideX - padLeft + kx * dilationX],
//     0 outside the image

/** The first j >= 0 with j * stride >= distance. */
function steps_to(distance: i32, stride: i32): i32 {
  if (distance <= 0) return 0;
  return stride === 1 ? distance : (distance + stride - 1) / stride;
}

/**
 * k = OH * OW and n = C * KH * KW, as columns8 panels [ceil(n / 8)][OH * OW][8]; lanes past n are 0.
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
