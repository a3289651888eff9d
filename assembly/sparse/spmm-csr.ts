// Sparse weight times dense columns. One output row (or block of rows) keeps the sums of a column tile in registers
// while the stored weights of the row pass by:
//
//     X in panels of W lanes [columns / W][K][W]        one weight row, csr
//
//     panel p:  k=0  ████████████████                   offsets:  k·W·4 bytes, ready to add to the panel's address
//               k=1  ████████████████  ← offset[i]      values:   w0 w1 w2 ...
//               k=2  ████████████████
//                :                                      sum[0..W) += splat(value[i]) * X[offset[i]][0..W)
//
// Blocks of 2 or 4 output rows that share their column (bsr) use each load of X 2 or 4 times. Row pointers count from the
// start of `offsets` and `values`, so a call may begin at any row (or block) of the weight.
//
// Common arguments: `rows` output rows; `columns` valid columns of the output (only these are stored, so a plain
// [rows][T] output has outRowBytes = T * 4 and outPanelBytes = width * 4; for a panel output columns = panels * width);
// X panels are readable over their full width. bias per row may be 0. Each row ends in min(max(sum, lo), hi), NaN kept.
import { load_first, madd } from '../simd';
import { bias_of, store_8, store_16 } from './tiles';

/**
 * All rows against 8 columns of one panel, two sets of sums. Stores the first `count` columns. With `onTop` the sums start
 * from what is stored there, as in the functions below.
 */
function rows_1x8(
  rows: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  low: v128,
  high: v128,
  x: usize,
  out: usize,
  outRowBytes: usize,
  count: i32,
  onTop: bool,
): void {
  let begin = load<u32>(rowPointers);
  let o = offsets + ((<usize>begin) << 2),
    v = values + ((<usize>begin) << 2);
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = load<u32>(rowPointers);
    let s0 = onTop ? load_first(out, count) : bias_of(bias, row),
      s1 = onTop ? load_first(out + 16, count - 4) : s0;
    let t0 = f32x4.splat(0),
      t1 = t0;
    const pairEnd = o + ((<usize>((end - begin) & ~1)) << 2);
    while (o !== pairEnd) {
      const at = x + load<u32>(o);
      const w = v128.load32_splat(v);
      s0 = madd(w, v128.load(at), s0);
      s1 = madd(w, v128.load(at, 16), s1);
      const at1 = x + load<u32>(o, 4);
      const w1 = v128.load32_splat(v, 4);
      t0 = madd(w1, v128.load(at1), t0);
      t1 = madd(w1, v128.load(at1, 16), t1);
      o += 8;
      v += 8;
    }
    if ((end - begin) & 1) {
      const at = x + load<u32>(o);
      const w = v128.load32_splat(v);
      s0 = madd(w, v128.load(at), s0);
      s1 = madd(w, v128.load(at, 16), s1);
      o += 4;
      v += 4;
    }
    store_8(out, f32x4.add(s0, t0), f32x4.add(s1, t1), low, high, count);
    out += outRowBytes;
    begin = end;
  }
}

/** All rows against 16 columns of one panel. Stores the first `count` columns. */
function rows_1x16(
  rows: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  low: v128,
  high: v128,
  x: usize,
  out: usize,
  outRowBytes: usize,
  count: i32,
  onTop: bool,
): void {
  let begin = load<u32>(rowPointers);
  let o = offsets + ((<usize>begin) << 2),
    v = values + ((<usize>begin) << 2);
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = load<u32>(rowPointers);
    let s0 = onTop ? load_first(out, count) : bias_of(bias, row),
      s1 = onTop ? load_first(out + 16, count - 4) : s0,
      s2 = onTop ? load_first(out + 32, count - 8) : s0,
      s3 = onTop ? load_first(out + 48, count - 12) : s0;
    const pairEnd = o + ((<usize>((end - begin) & ~1)) << 2);
    while (o !== pairEnd) {
      const at = x + load<u32>(o);
      const w = v128.load32_splat(v);
      s0 = madd(w, v128.load(at), s0);
      s1 = madd(w, v128.load(at, 16), s1);
      s2 = madd(w, v128.load(at, 32), s2);
      s3 = madd(w, v128.load(at, 48), s3);
      const at1 = x + load<u32>(o, 4);
      const w1 = v128.load32_splat(v, 4);
      s0 = madd(w1, v128.load(at1), s0);
      s1 = madd(w1, v128.load(at1, 16), s1);
      s2 = madd(w1, v128.load(at1, 32), s2);
      s3 = madd(w1, v128.load(at1, 48), s3);
      o += 8;
      v += 8;
    }
    if ((end - begin) & 1) {
      const at = x + load<u32>(o);
      const w = v128.load32_splat(v);
      s0 = madd(w, v128.load(at), s0);
      s1 = madd(w, v128.load(at, 16), s1);
      s2 = madd(w, v128.load(at, 32), s2);
      s3 = madd(w, v128.load(at, 48), s3);
      o += 4;
      v += 4;
    }
    store_16(out, s0, s1, s2, s3, low, high, count);
    out += outRowBytes;
    begin = end;
  }
}

/** All rows against two panels of 16 columns at once: 8 sums. Stores the first `count` columns, more than 16. */
function rows_1x32(
  rows: i32,
  rowPointers: usize,
  offsets: usize,
  values: usize,
  bias: usize,
  low: v128,
  high: v128,
  x: usize,
  xPanelBytes: usize,
  out: usize,
  outRowBytes: usize,
  outPanelBytes: usize,
  count: i32,
  onTop: bool,
): void {
  const begin = load<u32>(rowPointers);
  let o = offsets + ((<usize>begin) << 2),
    v = values + ((<usize>begin) << 2);
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = offsets + ((<usize>load<u32>(rowPointers)) << 2);
    let s0 = bias_of(bias, row),
      s1 = s0,
      s2 = s0,
      s3 = s0,
      t0 = s0,
      t1 = s0,
      t2 = s0,
      t3 = s0;
    const next = out + outPanelBytes;
    if (onTop) {
      s0 = v128.load(out);
      s1 = v128.load(out, 16);
      s2 = v128.load(out, 32);
      s3 = v128.load(out, 48);
      t0 = load_first(next, count - 16);
      t1 = load_first(next + 16, count - 20);
      t2 = load_first(next + 32, count - 24);
      t3 = load_first(next + 48, count - 28);
    }
    while (o !== end) {
      const at = x + load<u32>(o);
      const w = v128.load32_splat(v);
      s0 = madd(w, v128.load(at), s0);
      s1 = madd(w, v128.load(at, 16), s1);
      s2 = madd(w, v128.load(at, 32), s2);
      s3 = madd(w, v128.load(at, 48), s3);
      const at1 = at + xPanelBytes;
      t0 = madd(w, v128.load(at1), t0);
      t1 = madd(w, v128.load(at1, 16), t1);
      t2 = madd(w, v128.load(at1, 32), t2);
      t3 = madd(w, v128.load(at1, 48), t3);
      o += 4;
      v += 4;
    }
    store_16(out, s0, s1, s2, s3, low, high, 16);
    store_16(next, t0, t1, t2, t3, low, high, count - 16);
    out += outRowBytes;
  }
}

/** CSR, 8 columns at a time, two sets of sums. Panels of 8 or 16 lanes. */
export function f32_spmm_csr_1x8(
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
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const panelBytes = (<usize>width) << 2;
  for (let column = 0, lanes = width; column < columns; column += 8) {
    rows_1x8(rows, rowPointers, offsets, values, bias, low, high, x, out, outRowBytes, columns - column, false);
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

/** CSR, 16 columns at a time; where 8 or fewer are left, 8. Panels of 16 lanes. */
export function f32_spmm_csr_1x16(
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
    const count = columns - column;
    if (count > 8) rows_1x16(rows, rowPointers, offsets, values, bias, low, high, x, out, outRowBytes, count, false);
    else rows_1x8(rows, rowPointers, offsets, values, bias, low, high, x, out, outRowBytes, count, false);
    x += xPanelBytes;
    out += outPanelBytes;
  }
}

/**
 * CSR, 32 columns at a time; where 24 or fewer are left, 16 or 8. Panels of 16 lanes. A weight with many columns comes in
 * tiles, one call each, so that the rows of X that are read stay in the first cache: with `onTop` the sums start from what
 * `out` holds instead of the bias.
 */
export function f32_spmm_csr_1x32(
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
  onTop: bool,
): void {
  assert(width === 16);
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  let column = 0;
  for (; column + 24 < columns; column += 32) {
    const count = columns - column;
    rows_1x32(
      rows,
      rowPointers,
      offsets,
      values,
      bias,
      low,
      high,
      x,
      xPanelBytes,
      out,
      outRowBytes,
      outPanelBytes,
      count,
      onTop,
    );
    x += 2 * xPanelBytes;
    out += 2 * outPanelBytes;
  }
  for (; column < columns; column += 16) {
    const count = columns - column;
    if (count > 8) rows_1x16(rows, rowPointers, offsets, values, bias, low, high, x, out, outRowBytes, count, onTop);
    else rows_1x8(rows, rowPointers, offsets, values, bias, low, high, x, out, outRowBytes, count, onTop);
    x += xPanelBytes;
    out += outPanelBytes;
  }
}
