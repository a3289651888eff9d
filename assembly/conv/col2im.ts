// The adjoint of im2col: every entry goes back to where it came from, added up.

/**
 * columns, plain row-major [C * KH * KW][OH * OW], are added into x [C, H, W], which is zeroed first:
 * x[c][oy * strideY - padTop + ky * dilationY][ox * strideX - padLeft + kx * dilationX] += columns[(c, ky, kx)][(oy, ox)].
 */
export function f32_col2im(
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
  columns: usize,
  x: usize,
): void {
  const planeBytes = (<usize>height * <usize>width) << 2;
  const stepBytes = (<usize>strideX) << 2;
  memory.fill(x, 0, <usize>channels * planeBytes);
  for (let c = 0; c < channels; c++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      for (let kx = 0; kx < kernelWidth; kx++) {
        const ix = kx * dilationX - padLeft;
        let first = 0;
        while (first < outWidth && ix + first * strideX < 0) first++;
        let last = outWidth;
        while (last > first && ix + (last - 1) * strideX >= width) last--;
        for (let oy = 0; oy < outHeight; oy++) {
          const iy = oy * strideY - padTop + ky * dilationY;
          if (iy >= 0 && iy < height) {
            let from = columns + ((<usize>first) << 2);
            let to = x + ((<usize>iy * <usize>width + <usize>(ix + first * strideX)) << 2);
            let n = last - first;
            if (strideX === 1) {
              for (; n >= 4; n -= 4) {
                v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
                to += 16;
                from += 16;
              }
            }
            for (; n > 0; n--) {
              store<f32>(to, load<f32>(to) + load<f32>(from));
              to += stepBytes;
              from += 4;
            }
          }
          columns += (<usize>outWidth) << 2;
        }
      }
    }
    x += planeBytes;
  }
}
