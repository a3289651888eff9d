// Sparse weight times dense columns for blocks of 2 or 4 output rows that share their column. The columns, panels and
// common arguments are those of spmm-csr.ts; each load of X is used 2 or 4 times.
//
//     offsets  one per block          values  4x1: w0 w1 w2 w3 | w0 w1 w2 w3 | ...     rows r, r + 1, r + 2, r + 3
import { madd } from '../simd';
import { bias_of, store_8, store_16 } from './tiles';

/**
 * Two rows by 16 columns over stored blocks; `blockBytes` is the size of a block's values, of which `v` points at the
 * two that belong to these rows. `second` is 0 when the second row does not exist.
 */
function pair_16(
  o: usize,
  end: usize,
  v: usize,
  blockBytes: usize,
  x: usize,
  bias0: v128,
  bias1: v128,
  lo: v128,
  hi: v128,
  to: usize,
  second: usize,
  count: i32,
): void {
  let s00 = bias0,
    s01 = bias0,
    s02 = bias0,
    s03 = bias0;
  let s10 = bias1,
    s11 = bias1,
    s12 = bias1,
    s13 = bias1;
  while (o !== end) {
    const at = x + load<u32>(o);
    const w0 = v128.load32_splat(v),
      w1 = v128.load32_splat(v, 4);
    const x0 = v128.load(at);
    s00 = madd(w0, x0, s00);
    s10 = madd(w1, x0, s10);
    const x1 = v128.load(at, 16);
    s01 = madd(w0, x1, s01);
    s11 = madd(w1, x1, s11);
    const x2 = v128.load(at, 32);
    s02 = madd(w0, x2, s02);
    s12 = madd(w1, x2, s12);
    const x3 = v128.load(at, 48);
    s03 = madd(w0, x3, s03);
    s13 = madd(w1, x3, s13);
    o += 4;
    v += blockBytes;
  }
  store_16(to, s00, s01, s02, s03, lo, hi, count);
  if (second) store_16(second, s10, s11, s12, s13, lo, hi, count);
}

/**
 * Blocks of 2 rows, 16 columns at a time. Panels of 16 lanes. values [blocks][2]; rowPointers per pair of rows, offsets
 * per block. An odd last row's partner is not stored.
 */
export function f32_spmm_bsr_2x16(
  rows: i32,
  columns: i32,
  width: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  xPanelBytes: usize,
  out: usize,
  outRowBytes: usize,
  outPanelBytes: usize,
): void {
  assert(width === 16);
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  for (let column = 0; column < columns; column += 16) {
    let to = out;
    let pointer = rowPointers;
    for (let row = 0; row < rows; row += 2) {
      const begin = <usize>load<u32>(pointer),
        end = <usize>load<u32>(pointer, 4);
      const next = min<i32>(row + 1, rows - 1);
      pair_16(
        offsets + (begin << 2),
        offsets + (end << 2),
        values + (begin << 3),
        8,
        x,
        bias_of(bias, row),
        bias_of(bias, next),
        low,
        high,
        to,
        next > row ? to + outRowBytes : 0,
        columns - column,
      );
      pointer += 4;
      to += 2 * outRowBytes;
    }
    x += xPanelBytes;
    out += outPanelBytes;
  }
}

/**
 * Blocks of 4 rows, 16 columns at a time: rows 0 and 1 of the block row, then rows 2 and 3. Arguments as 4x8, panels of
 * 16 lanes. Reads the offsets twice but has fewer weights in flight than 4x8; which is quicker depends on the machine.
 */
export function f32_spmm_bsr_4x16(
  rows: i32,
  columns: i32,
  width: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  xPanelBytes: usize,
  out: usize,
  outRowBytes: usize,
  outPanelBytes: usize,
): void {
  assert(width === 16);
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  for (let column = 0; column < columns; column += 16) {
    let to = out;
    for (let row = 0; row < rows; row += 2) {
      const pointer = rowPointers + ((<usize>(row >> 2)) << 2);
      const begin = <usize>load<u32>(pointer),
        end = <usize>load<u32>(pointer, 4);
      const next = min<i32>(row + 1, rows - 1);
      pair_16(
        offsets + (begin << 2),
        offsets + (end << 2),
        values + (begin << 4) + ((<usize>(row & 2)) << 2),
        16,
        x,
        bias_of(bias, row),
        bias_of(bias, next),
        low,
        high,
        to,
        next > row ? to + outRowBytes : 0,
        columns - column,
      );
      to += 2 * outRowBytes;
    }
    x += xPanelBytes;
    out += outPanelBytes;
  }
}

/**
 * Blocks of 4 rows, 8 columns at a time. Panels of 8 or 16 lanes. values [blocks][4]; rowPointers per 4 rows, offsets
 * per block. Rows past the last are not stored.
 */
export function f32_spmm_bsr_4x8(
  rows: i32,
  columns: i32,
  width: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  xPanelBytes: usize,
  out: usize,
  outRowBytes: usize,
  outPanelBytes: usize,
): void {
  assert(width === 8 || width === 16);
  const panelBytes = (<usize>width) << 2;
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  // Addresses that step along, rather than being computed from `column`, stay in registers through the inner loop.
  for (let column = 0, lanes = width; column < columns; column += 8) {
    let to = out,
      pointer = rowPointers;
    let o = offsets + ((<usize>load<u32>(pointer)) << 2),
      v = values + ((<usize>load<u32>(pointer)) << 4);
    const count = columns - column;
    for (let row = 0; row < rows; row += 4) {
      pointer += 4;
      const end = offsets + ((<usize>load<u32>(pointer)) << 2);
      const last = rows - 1;
      let s00 = bias_of(bias, row),
        s01 = s00;
      let s10 = bias_of(bias, min<i32>(row + 1, last)),
        s11 = s10;
      let s20 = bias_of(bias, min<i32>(row + 2, last)),
        s21 = s20;
      let s30 = bias_of(bias, min<i32>(row + 3, last)),
        s31 = s30;
      while (o !== end) {
        const at = x + load<u32>(o);
        const x0 = v128.load(at),
          x1 = v128.load(at, 16);
        const w0 = v128.load32_splat(v);
        s00 = madd(w0, x0, s00);
        s01 = madd(w0, x1, s01);
        const w1 = v128.load32_splat(v, 4);
        s10 = madd(w1, x0, s10);
        s11 = madd(w1, x1, s11);
        const w2 = v128.load32_splat(v, 8);
        s20 = madd(w2, x0, s20);
        s21 = madd(w2, x1, s21);
        const w3 = v128.load32_splat(v, 12);
        s30 = madd(w3, x0, s30);
        s31 = madd(w3, x1, s31);
        o += 4;
        v += 16;
      }
      store_8(to, s00, s01, low, high, count);
      if (row + 1 < rows) store_8(to + outRowBytes, s10, s11, low, high, count);
      if (row + 2 < rows) store_8(to + 2 * outRowBytes, s20, s21, low, high, count);
      if (row + 3 < rows) store_8(to + 3 * outRowBytes, s30, s31, low, high, count);
      to += 4 * outRowBytes;
    }
    lanes -= 8;
    x += 32;
    out += 32;
    if (lanes === 0) {
      lanes = width;
      x += xPanelBytes - panelBytes;
      out += outPanelBytes - panelBytes;
    }
  }
}
