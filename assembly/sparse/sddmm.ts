// Sampled dense-dense product: the gradient of the stored weights, out[i] = Σ_t Y[row(i)][t] * X[column(i)][t].
//
// Both operands are in panels of W lanes, so a stored position costs one dot product of two panel rows per panel:
//
//     Y panel:  row r     ████████████████   stays in registers for all stored positions of the row
//     X panel:  offset[i] ████████████████   multiplied, then four dot products are summed across lanes at once
//
// The first panel writes out, the others add. Lanes past t are masked: padding may hold anything, even NaN.
import { flush, load_first, store_first, sum_each } from '../simd';

/** All ones in the lanes whose number first + lane is below t. */
function lanes_below(t: i32, first: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(t - first));
}

/** Products of 16 (or, with `wide` 0, 8) lanes, folded into four. `masked` panels drop the lanes outside m0..m3. */
function fold(
  wide: i32,
  masked: i32,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
  at: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
): v128 {
  let p0 = f32x4.mul(y0, v128.load(at)),
    p1 = f32x4.mul(y1, v128.load(at, 16));
  if (masked) {
    p0 = v128.and(p0, m0);
    p1 = v128.and(p1, m1);
  }
  p0 = f32x4.add(p0, p1);
  if (!wide) return p0;
  let p2 = f32x4.mul(y2, v128.load(at, 32)),
    p3 = f32x4.mul(y3, v128.load(at, 48));
  if (masked) {
    p2 = v128.and(p2, m2);
    p3 = v128.and(p3, m3);
  }
  return f32x4.add(p0, f32x4.add(p2, p3));
}

/** Adds to (or, with `add` 0, replaces) the first `count` floats at `to`. */
function put(to: usize, value: v128, count: i32, add: i32): void {
  store_first(to, flush(add ? f32x4.add(load_first(to, count), value) : value), count);
}

/** One panel, one row per block. */
function panel_csr(
  wide: i32,
  masked: i32,
  rows: i32,
  t: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  x: usize,
  add: i32,
  out: usize,
): void {
  const m0 = lanes_below(t, 0),
    m1 = lanes_below(t, 4),
    m2 = lanes_below(t, 8),
    m3 = lanes_below(t, 12);
  let o = offsets;
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = offsets + ((<usize>load<u32>(rowPointers)) << 2);
    const y0 = v128.load(y),
      y1 = v128.load(y, 16);
    const y2 = wide ? v128.load(y, 32) : y0,
      y3 = wide ? v128.load(y, 48) : y1;
    for (let left = <i32>((end - o) >> 2); left > 0; left -= 4) {
      // A short last group repeats its last position; what is computed there is not stored.
      const final = end - 4;
      const a = fold(wide, masked, y0, y1, y2, y3, x + load<u32>(o), m0, m1, m2, m3);
      const b = fold(wide, masked, y0, y1, y2, y3, x + load<u32>(min<usize>(o + 4, final)), m0, m1, m2, m3);
      const c = fold(wide, masked, y0, y1, y2, y3, x + load<u32>(min<usize>(o + 8, final)), m0, m1, m2, m3);
      const d = fold(wide, masked, y0, y1, y2, y3, x + load<u32>(min<usize>(o + 12, final)), m0, m1, m2, m3);
      put(out, sum_each(a, b, c, d), left, add);
      o += 16;
      out += 16;
    }
    out -= o - end;
    o = end;
    y += wide ? 64 : 32;
  }
}

/**
 * One half panel of 8 lanes, blocks of 4 rows: the four dot products of a block are its four values. `rows` beyond the
 * last are read as the last row and their values put to 0.
 */
function half_4x1(
  masked: i32,
  rows: i32,
  t: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  rowBytes: usize,
  x: usize,
  add: i32,
  out: usize,
): void {
  const m0 = lanes_below(t, 0),
    m1 = lanes_below(t, 4);
  let o = offsets;
  for (let row = 0; row < rows; row += 4) {
    rowPointers += 4;
    const end = offsets + ((<usize>load<u32>(rowPointers)) << 2);
    const ya = y + <usize>row * rowBytes,
      yb = y + <usize>min<i32>(row + 1, rows - 1) * rowBytes;
    const yc = y + <usize>min<i32>(row + 2, rows - 1) * rowBytes,
      yd = y + <usize>min<i32>(row + 3, rows - 1) * rowBytes;
    const a0 = v128.load(ya),
      a1 = v128.load(ya, 16),
      b0 = v128.load(yb),
      b1 = v128.load(yb, 16);
    const c0 = v128.load(yc),
      c1 = v128.load(yc, 16),
      d0 = v128.load(yd),
      d1 = v128.load(yd, 16);
    const real = lanes_below(rows, row);
    while (o !== end) {
      const at = x + load<u32>(o);
      const a = fold(0, masked, a0, a1, a0, a1, at, m0, m1, m0, m1);
      const b = fold(0, masked, b0, b1, b0, b1, at, m0, m1, m0, m1);
      const c = fold(0, masked, c0, c1, c0, c1, at, m0, m1, m0, m1);
      const d = fold(0, masked, d0, d1, d0, d1, at, m0, m1, m0, m1);
      put(out, v128.and(sum_each(a, b, c, d), real), 4, add);
      o += 4;
      out += 16;
    }
  }
}

/** One panel, blocks of 2 rows: two blocks at a time give four values in a row. */
function panel_2x1(
  wide: i32,
  masked: i32,
  rows: i32,
  t: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  x: usize,
  add: i32,
  out: usize,
): void {
  const m0 = lanes_below(t, 0),
    m1 = lanes_below(t, 4),
    m2 = lanes_below(t, 8),
    m3 = lanes_below(t, 12);
  const rowBytes: usize = wide ? 64 : 32;
  let o = offsets;
  for (let row = 0; row < rows; row += 2) {
    rowPointers += 4;
    const end = offsets + ((<usize>load<u32>(rowPointers)) << 2);
    const second = row + 1 < rows ? y + rowBytes : y;
    const y0 = v128.load(y),
      y1 = v128.load(y, 16);
    const y2 = wide ? v128.load(y, 32) : y0,
      y3 = wide ? v128.load(y, 48) : y1;
    const z0 = v128.load(second),
      z1 = v128.load(second, 16);
    const z2 = wide ? v128.load(second, 32) : z0,
      z3 = wide ? v128.load(second, 48) : z1;
    const real = row + 1 < rows ? i32x4.splat(-1) : i32x4(-1, 0, -1, 0);
    for (let left = <i32>((end - o) >> 2); left > 0; left -= 2) {
      const at = x + load<u32>(o),
        at1 = x + load<u32>(min<usize>(o + 4, end - 4));
      const a = fold(wide, masked, y0, y1, y2, y3, at, m0, m1, m2, m3);
      const b = fold(wide, masked, z0, z1, z2, z3, at, m0, m1, m2, m3);
      const c = fold(wide, masked, y0, y1, y2, y3, at1, m0, m1, m2, m3);
      const d = fold(wide, masked, z0, z1, z2, z3, at1, m0, m1, m2, m3);
      put(out, v128.and(sum_each(a, b, c, d), real), left << 1, add);
      o += 8;
      out += 16;
    }
    out -= (o - end) << 1;
    o = end;
    y += 2 * rowBytes;
  }
}

/** Zeros behind the stored values. With t = 0 no panel writes them, so all are zeros. Nothing when adding. */
function clear_rest(t: i32, stored: u32, capacity: i32, accumulate: i32, out: usize): void {
  if (accumulate) return;
  const first: u32 = t > 0 ? stored : 0;
  memory.fill(out + ((<usize>first) << 2), 0, (<usize>(<u32>capacity - first)) << 2);
}

/**
 * out[i] (+)= Σ_t Y[r][t] * X[column i][t] for the stored positions i of a CSR pattern of `rows` rows. Panels of `width`
 * (8 or 16) lanes; Y row r of panel p lies at y + p * yPanelBytes + r * width * 4, offsets are scaled for `width`.
 * Without `accumulate`, out[i] from the last stored position up to `capacity` becomes 0.
 */
export function f32_sddmm_csr(
  rows: i32,
  t: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPanelBytes: usize,
  x: usize,
  xPanelBytes: usize,
  accumulate: i32,
  out: usize,
): void {
  assert(width === 8 || width === 16);
  clear_rest(t, load<u32>(rowPointers + ((<usize>rows) << 2)), capacity, accumulate, out);
  for (let column = 0; column < t; column += width) {
    const add = accumulate | <i32>(column > 0),
      left = t - column;
    if (width === 16) {
      if (left >= 16) inline.always(panel_csr(1, 0, rows, left, rowPointers, offsets, y, x, add, out));
      else inline.always(panel_csr(1, 1, rows, left, rowPointers, offsets, y, x, add, out));
    } else {
      if (left >= 8) inline.always(panel_csr(0, 0, rows, left, rowPointers, offsets, y, x, add, out));
      else inline.always(panel_csr(0, 1, rows, left, rowPointers, offsets, y, x, add, out));
    }
    y += yPanelBytes;
    x += xPanelBytes;
  }
}

/** The same for blocks of 2 rows, `rows` real output rows; out in the order [blocks][2], rows that stick out get 0. */
export function f32_sddmm_bsr_2x1(
  rows: i32,
  t: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPanelBytes: usize,
  x: usize,
  xPanelBytes: usize,
  accumulate: i32,
  out: usize,
): void {
  assert(width === 8 || width === 16);
  clear_rest(t, load<u32>(rowPointers + ((<usize>((rows + 1) >> 1)) << 2)) << 1, capacity, accumulate, out);
  for (let column = 0; column < t; column += width) {
    const add = accumulate | <i32>(column > 0),
      left = t - column;
    if (width === 16) {
      if (left >= 16) inline.always(panel_2x1(1, 0, rows, left, rowPointers, offsets, y, x, add, out));
      else inline.always(panel_2x1(1, 1, rows, left, rowPointers, offsets, y, x, add, out));
    } else {
      if (left >= 8) inline.always(panel_2x1(0, 0, rows, left, rowPointers, offsets, y, x, add, out));
      else inline.always(panel_2x1(0, 1, rows, left, rowPointers, offsets, y, x, add, out));
    }
    y += yPanelBytes;
    x += xPanelBytes;
  }
}

/** The same for blocks of 4 rows; out in the order [blocks][4], rows that stick out get 0. */
export function f32_sddmm_bsr_4x1(
  rows: i32,
  t: i32,
  width: i32,
  capacity: i32,
  rowPointers: usize,
  offsets: usize,
  y: usize,
  yPanelBytes: usize,
  x: usize,
  xPanelBytes: usize,
  accumulate: i32,
  out: usize,
): void {
  assert(width === 8 || width === 16);
  clear_rest(t, load<u32>(rowPointers + ((<usize>((rows + 3) >> 2)) << 2)) << 2, capacity, accumulate, out);
  const rowBytes = (<usize>width) << 2;
  for (let column = 0; column < t; column += 8) {
    const add = accumulate | <i32>(column > 0),
      left = t - column;
    const panel = <usize>(column / width),
      lane = (<usize>(column % width)) << 2;
    const yHalf = y + panel * yPanelBytes + lane,
      xHalf = x + panel * xPanelBytes + lane;
    if (left >= 8) inline.always(half_4x1(0, rows, left, rowPointers, offsets, yHalf, rowBytes, xHalf, add, out));
    else inline.always(half_4x1(1, rows, left, rowPointers, offsets, yHalf, rowBytes, xHalf, add, out));
  }
}
