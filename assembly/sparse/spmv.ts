// Sparse weight times one column: what a single token or sample costs. `columns` are raw indices (not byte offsets).
// Row pointers count from the start of `columns` and `values`, so a call may begin at any row of the weight.
import { clamp_1, madd } from '../simd';

/** out[row] = min(max(Σ values[i] * x[columns[i]] + bias[row], lo), hi). bias may be 0. Four sums, so that adds overlap. */
export function f32_spmv_csr(
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
  let o = columns + ((<usize>load<u32>(rowPointers)) << 2),
    v = values + ((<usize>load<u32>(rowPointers)) << 2);
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = columns + ((<usize>load<u32>(rowPointers)) << 2);
    const fours = o + ((end - o) & ~15);
    let s0: f32 = bias ? load<f32>(bias + ((<usize>row) << 2)) : 0;
    let s1: f32 = 0,
      s2: f32 = 0,
      s3: f32 = 0;
    while (o !== fours) {
      s0 += load<f32>(v) * load<f32>(x + ((<usize>load<u32>(o)) << 2));
      s1 += load<f32>(v, 4) * load<f32>(x + ((<usize>load<u32>(o, 4)) << 2));
      s2 += load<f32>(v, 8) * load<f32>(x + ((<usize>load<u32>(o, 8)) << 2));
      s3 += load<f32>(v, 12) * load<f32>(x + ((<usize>load<u32>(o, 12)) << 2));
      o += 16;
      v += 16;
    }
    while (o !== end) {
      s0 += load<f32>(v) * load<f32>(x + ((<usize>load<u32>(o)) << 2));
      o += 4;
      v += 4;
    }
    store<f32>(out, clamp_1(s0 + s1 + (s2 + s3), lo, hi));
    out += 4;
  }
}

/**
 * Blocks of 4 columns: the columns are the lanes, and each row ends in the sum of its lanes.
 *
 *     values  w0 w1 w2 w3 | w0 w1 w2 w3 | ...      sum[0..4) += values[block] * x[4 * columns[block] ..]
 *
 * `columns` count blocks of four, all of them inside x.
 */
export function f32_spmv_bsr_1x4(
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
  let o = columns + ((<usize>load<u32>(rowPointers)) << 2),
    v = values + ((<usize>load<u32>(rowPointers)) << 4);
  for (let row = 0; row < rows; row++) {
    rowPointers += 4;
    const end = columns + ((<usize>load<u32>(rowPointers)) << 2);
    const fours = o + ((end - o) & ~15);
    let s0 = f32x4.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0;
    while (o !== fours) {
      s0 = madd(v128.load(v), v128.load(x + ((<usize>load<u32>(o)) << 4)), s0);
      s1 = madd(v128.load(v, 16), v128.load(x + ((<usize>load<u32>(o, 4)) << 4)), s1);
      s2 = madd(v128.load(v, 32), v128.load(x + ((<usize>load<u32>(o, 8)) << 4)), s2);
      s3 = madd(v128.load(v, 48), v128.load(x + ((<usize>load<u32>(o, 12)) << 4)), s3);
      o += 16;
      v += 64;
    }
    while (o !== end) {
      s0 = madd(v128.load(v), v128.load(x + ((<usize>load<u32>(o)) << 4)), s0);
      o += 4;
      v += 16;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    let sum = f32x4.extract_lane(s0, 0) + f32x4.extract_lane(s0, 1);
    sum += f32x4.extract_lane(s0, 2) + f32x4.extract_lane(s0, 3);
    if (bias) sum += load<f32>(bias + ((<usize>row) << 2));
    store<f32>(out, clamp_1(sum, lo, hi));
    out += 4;
  }
}
