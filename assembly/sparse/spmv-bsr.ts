// Sparse weight times one column for blocks of 4, 8 or 16 rows that share their column. `columns` and row pointers as in
// spmv.ts; the row pointers are per block row. Rows past the last are neither read from the bias nor stored.
import { clamp, load_first, madd, store_first } from '../simd';
import { store_16 } from './tiles';

/** The biases of four rows, as far as there are rows and biases. */
function bias_lanes(bias: usize, row: i32, rows: i32): v128 {
  return bias ? load_first(bias + ((<usize>row) << 2), rows - row) : f32x4.splat(0);
}

/**
 * Blocks of 4 rows: the outputs are the lanes.
 *
 *     values  w00 w10 w20 w30 | w01 w11 w21 w31 | ...      sum[0..4) += values[block] * splat(x[columns[block]])
 */
export function f32_spmv_bsr_4x1(
  rows: i32,
  rowPointers: usize,
  columns: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  out: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  let o = columns + ((<usize>load<u32>(rowPointers)) << 2),
    v = values + ((<usize>load<u32>(rowPointers)) << 4);
  for (let row = 0; row < rows; row += 4) {
    rowPointers += 4;
    const end = columns + ((<usize>load<u32>(rowPointers)) << 2);
    const fours = o + ((end - o) & ~15);
    const count = rows - row;
    let s0 = bias_lanes(bias, row, rows);
    let s1 = f32x4.splat(0),
      s2 = s1,
      s3 = s1;
    while (o !== fours) {
      s0 = madd(v128.load(v), v128.load32_splat(x + ((<usize>load<u32>(o)) << 2)), s0);
      s1 = madd(v128.load(v, 16), v128.load32_splat(x + ((<usize>load<u32>(o, 4)) << 2)), s1);
      s2 = madd(v128.load(v, 32), v128.load32_splat(x + ((<usize>load<u32>(o, 8)) << 2)), s2);
      s3 = madd(v128.load(v, 48), v128.load32_splat(x + ((<usize>load<u32>(o, 12)) << 2)), s3);
      o += 16;
      v += 64;
    }
    while (o !== end) {
      s0 = madd(v128.load(v), v128.load32_splat(x + ((<usize>load<u32>(o)) << 2)), s0);
      o += 4;
      v += 16;
    }
    store_first(out, clamp(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), low, high), count);
    out += 16;
  }
}

/** Blocks of 8 rows: two vectors of outputs, and two blocks at a time. */
export function f32_spmv_bsr_8x1(
  rows: i32,
  rowPointers: usize,
  columns: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  out: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  let o = columns + ((<usize>load<u32>(rowPointers)) << 2),
    v = values + ((<usize>load<u32>(rowPointers)) << 5);
  for (let row = 0; row < rows; row += 8) {
    rowPointers += 4;
    const end = columns + ((<usize>load<u32>(rowPointers)) << 2);
    const pairs = o + ((end - o) & ~7);
    let s0 = bias_lanes(bias, row, rows),
      s1 = bias_lanes(bias, row + 4, rows);
    let t0 = f32x4.splat(0),
      t1 = t0;
    while (o !== pairs) {
      const x0 = v128.load32_splat(x + ((<usize>load<u32>(o)) << 2));
      s0 = madd(v128.load(v), x0, s0);
      s1 = madd(v128.load(v, 16), x0, s1);
      const x1 = v128.load32_splat(x + ((<usize>load<u32>(o, 4)) << 2));
      t0 = madd(v128.load(v, 32), x1, t0);
      t1 = madd(v128.load(v, 48), x1, t1);
      o += 8;
      v += 64;
    }
    if (o !== end) {
      const x0 = v128.load32_splat(x + ((<usize>load<u32>(o)) << 2));
      s0 = madd(v128.load(v), x0, s0);
      s1 = madd(v128.load(v, 16), x0, s1);
      o += 4;
      v += 32;
    }
    store_first(out, clamp(f32x4.add(s0, t0), low, high), rows - row);
    store_first(out + 16, clamp(f32x4.add(s1, t1), low, high), rows - row - 4);
    out += 32;
  }
}

/** Blocks of 16 rows: one splat of x serves four vectors of outputs. */
export function f32_spmv_bsr_16x1(
  rows: i32,
  rowPointers: usize,
  columns: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  out: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  let o = columns + ((<usize>load<u32>(rowPointers)) << 2),
    v = values + ((<usize>load<u32>(rowPointers)) << 6);
  for (let row = 0; row < rows; row += 16) {
    rowPointers += 4;
    const end = columns + ((<usize>load<u32>(rowPointers)) << 2);
    let s0 = bias_lanes(bias, row, rows),
      s1 = bias_lanes(bias, row + 4, rows),
      s2 = bias_lanes(bias, row + 8, rows),
      s3 = bias_lanes(bias, row + 12, rows);
    while (o !== end) {
      const x0 = v128.load32_splat(x + ((<usize>load<u32>(o)) << 2));
      s0 = madd(v128.load(v), x0, s0);
      s1 = madd(v128.load(v, 16), x0, s1);
      s2 = madd(v128.load(v, 32), x0, s2);
      s3 = madd(v128.load(v, 48), x0, s3);
      o += 4;
      v += 64;
    }
    store_16(out, s0, s1, s2, s3, low, high, rows - row);
    out += 64;
  }
}
