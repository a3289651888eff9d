// The gradient of the stored weights of a convolution: out[i] = Σ over lines and columns of Y[row(i)] * X[offset(i)], dot
// products of the planes of the output's gradient and of shifted planes of the image (dots.ts). A shift is an offset into
// planes with a border, or into the image itself where the window is one pixel; there are no columns.
import { dots_1x4, dots_2x4, dots_4x2 } from './dots';

/** Zeros behind the stored values. Without lines there are no products, so all are zeros. Nothing when adding. */
function clear_rest(lines: i32, stored: u32, capacity: i32, accumulate: i32, out: usize): void {
  if (accumulate) return;
  const first: u32 = lines > 0 ? stored : 0;
  memory.fill(out + ((<usize>first) << 2), 0, (<usize>(<u32>capacity - first)) << 2);
}

/**
 * `rows` planes of Y, yPlaneBytes apart, of `lines` lines of `width` numbers; the lines of Y are yLine bytes apart, those of X
 * xLine. Offsets are bytes from x. With `accumulate` the sums are added to out; without it, out from the last stored value
 * to `capacity` becomes 0.
 */
export function f32_sddmm_planes_csr(
  rows: i32,
  lines: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPlaneBytes: usize,
  yLine: usize,
  x: usize,
  xLine: usize,
  accumulate: i32,
  out: usize,
): void {
  clear_rest(lines, load<u32>(rowPointers + ((<usize>rows) << 2)), capacity, accumulate, out);
  if (lines === 0) return;
  const never = rows >> 31;
  for (let row = 0; row < rows; row++) {
    const begin = load<i32>(rowPointers);
    rowPointers += 4;
    const end = load<i32>(rowPointers);
    for (let at = begin; at < end; at += 4) {
      const o = offsets + ((<usize>at) << 2),
        to = out + ((<usize>at) << 2);
      dots_1x4(lines, width, y, yLine, o, end - at, x, xLine, never, accumulate, to);
    }
    y += yPlaneBytes;
  }
}

/** The same for blocks of 2 rows, `rows` real ones; out in the order [blocks][2], rows that stick out get 0. */
export function f32_sddmm_planes_bsr_2x1(
  rows: i32,
  lines: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPlaneBytes: usize,
  yLine: usize,
  x: usize,
  xLine: usize,
  accumulate: i32,
  out: usize,
): void {
  clear_rest(lines, load<u32>(rowPointers + ((<usize>((rows + 1) >> 1)) << 2)) << 1, capacity, accumulate, out);
  if (lines === 0) return;
  const never = rows >> 31;
  for (let row = 0; row < rows; row += 2) {
    const begin = load<i32>(rowPointers);
    rowPointers += 4;
    const end = load<i32>(rowPointers);
    const second = row + 1 < rows ? y + yPlaneBytes : y;
    for (let at = begin; at < end; at += 4) {
      const o = offsets + ((<usize>at) << 2),
        to = out + ((<usize>at) << 3);
      dots_2x4(lines, width, y, second, yLine, o, min<i32>(end - at, 4), x, xLine, never, accumulate, to);
    }
    y += 2 * yPlaneBytes;
  }
}

/** The same for blocks of 4 rows; out in the order [blocks][4], rows that stick out get 0. */
export function f32_sddmm_planes_bsr_4x1(
  rows: i32,
  lines: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPlaneBytes: usize,
  yLine: usize,
  x: usize,
  xLine: usize,
  accumulate: i32,
  out: usize,
): void {
  clear_rest(lines, load<u32>(rowPointers + ((<usize>((rows + 3) >> 2)) << 2)) << 2, capacity, accumulate, out);
  if (lines === 0) return;
  const never = rows >> 31;
  for (let row = 0; row < rows; row += 4) {
    const begin = load<i32>(rowPointers);
    rowPointers += 4;
    const end = load<i32>(rowPointers);
    for (let at = begin; at < end; at += 2) {
      const o = offsets + ((<usize>at) << 2),
        to = out + ((<usize>at) << 4);
      dots_4x2(lines, width, y, yPlaneBytes, rows - row, yLine, o, end - at, x, xLine, never, accumulate, to);
    }
    y += 4 * yPlaneBytes;
  }
}
