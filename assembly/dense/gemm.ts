// Dense f32 matrix product with a fused bias and clamp.
//
//     B, packed in columns8 panels:      C tile of 4 rows x 8 columns, in 8 accumulators:
//
//     panel 0    panel 1                       b0..b3  b4..b7      (one row of one panel)
//     k=0 ████████ k=0 ████████          a0 →    s00     s01
//     k=1 ████████ k=1 ████████          a1 →    s10     s11       each a is one float, splat
//      :  ████████  :  ████████          a2 →    s20     s21
//                                        a3 →    s30     s31
//
// A panel of B stays in the first cache while the row tiles of A pass by. Row and panel groups bound what the second
// cache must hold, and the sum over k is cut in blocks when a panel would get too long.
import { clamp, load_first, madd, store_first } from '../simd';

const GROUP_BYTES: i32 = 1 << 18;
const LONGEST_BLOCK: i32 = 1536;
const BLOCK: i32 = 1024;

/** One row of a tile: adds the old C if asked, the biases, clamps, and stores the first `count` of 8 columns. */
function finish(
  s0: v128, s1: v128, count: i32, biasRow: usize, biasColumns: usize, lo: v128, hi: v128, accumulate: i32, c: usize,
): void {
  if (accumulate) {
    s0 = f32x4.add(load_first(c, count), s0);
    s1 = f32x4.add(load_first(c + 16, count - 4), s1);
  }
  if (biasRow) {
    const bias = v128.load32_splat(biasRow);
    s0 = f32x4.add(s0, bias);
    s1 = f32x4.add(s1, bias);
  }
  if (biasColumns) {
    s0 = f32x4.add(s0, load_first(biasColumns, count));
    s1 = f32x4.add(s1, load_first(biasColumns + 16, count - 4));
  }
  store_first(c, clamp(s0, lo, hi), count);
  store_first(c + 16, clamp(s1, lo, hi), count - 4);
}

function tile_4x8(
  k: i32, a: usize, aRowBytes: usize, aStep: usize, b: usize, count: i32, biasRows: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize, cRowBytes: usize,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let a0 = a, a1 = a0 + aRowBytes, a2 = a1 + aRowBytes, a3 = a2 + aRowBytes;
  const end = b + (<usize>k << 5);
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(a3);
    s30 = madd(x3, b0, s30);
    s31 = madd(x3, b1, s31);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += 32;
  }
  const biasStep: usize = biasRows ? 4 : 0;
  finish(s00, s01, count, biasRows, biasColumns, lo, hi, accumulate, c);
  finish(s10, s11, count, biasRows + biasStep, biasColumns, lo, hi, accumulate, c + cRowBytes);
  finish(s20, s21, count, biasRows + 2 * biasStep, biasColumns, lo, hi, accumulate, c + 2 * cRowBytes);
  finish(s30, s31, count, biasRows + 3 * biasStep, biasColumns, lo, hi, accumulate, c + 3 * cRowBytes);
}

/** Two or three rows: with two, the third repeats the second and is not stored. */
function tile_3x8(
  rows: i32, k: i32, a: usize, aRowBytes: usize, aStep: usize, b: usize, count: i32, biasRows: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize, cRowBytes: usize,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let a0 = a, a1 = a0 + aRowBytes, a2 = rows > 2 ? a1 + aRowBytes : a1;
  const end = b + (<usize>k << 5);
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    s00 = madd(x0, b0, s00);
    s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(a1);
    s10 = madd(x1, b0, s10);
    s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(a2);
    s20 = madd(x2, b0, s20);
    s21 = madd(x2, b1, s21);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    b += 32;
  }
  const biasStep: usize = biasRows ? 4 : 0;
  finish(s00, s01, count, biasRows, biasColumns, lo, hi, accumulate, c);
  finish(s10, s11, count, biasRows + biasStep, biasColumns, lo, hi, accumulate, c + cRowBytes);
  if (rows > 2) finish(s20, s21, count, biasRows + 2 * biasStep, biasColumns, lo, hi, accumulate, c + 2 * cRowBytes);
}

/** One row, one panel; four positions of k at a time in sums of their own, because two chains alone would wait. */
function tile_1x8(
  k: i32, a: usize, aStep: usize, b: usize, count: i32, biasRow: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize,
): void {
  let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, w0 = s0, w1 = s0;
  const end = b + (<usize>k << 5);
  const whole = b + (<usize>(k & ~3) << 5);
  while (b != whole) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
    a += aStep;
    const x1 = v128.load32_splat(a);
    t0 = madd(x1, v128.load(b, 32), t0);
    t1 = madd(x1, v128.load(b, 48), t1);
    a += aStep;
    const x2 = v128.load32_splat(a);
    u0 = madd(x2, v128.load(b, 64), u0);
    u1 = madd(x2, v128.load(b, 80), u1);
    a += aStep;
    const x3 = v128.load32_splat(a);
    w0 = madd(x3, v128.load(b, 96), w0);
    w1 = madd(x3, v128.load(b, 112), w1);
    a += aStep;
    b += 128;
  }
  while (b != end) {
    const x0 = v128.load32_splat(a);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b, 16), s1);
    a += aStep;
    b += 32;
  }
  s0 = f32x4.add(f32x4.add(s0, t0), f32x4.add(u0, w0));
  s1 = f32x4.add(f32x4.add(s1, t1), f32x4.add(u1, w1));
  finish(s0, s1, count, biasRow, biasColumns, lo, hi, accumulate, c);
}

/** One row, four whole panels side by side: one splat serves 32 columns in 8 chains. */
function tile_1x32(
  k: i32, a: usize, aStep: usize, b: usize, biasRow: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  const panelBytes = <usize>k << 5;
  let p0 = b, p1 = p0 + panelBytes, p2 = p1 + panelBytes, p3 = p2 + panelBytes;
  const end = p1;
  while (p0 != end) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(p0), s0);
    s1 = madd(x, v128.load(p0, 16), s1);
    s2 = madd(x, v128.load(p1), s2);
    s3 = madd(x, v128.load(p1, 16), s3);
    s4 = madd(x, v128.load(p2), s4);
    s5 = madd(x, v128.load(p2, 16), s5);
    s6 = madd(x, v128.load(p3), s6);
    s7 = madd(x, v128.load(p3, 16), s7);
    a += aStep;
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  const biasStep: usize = biasColumns ? 32 : 0;
  finish(s0, s1, 8, biasRow, biasColumns, lo, hi, accumulate, c);
  finish(s2, s3, 8, biasRow, biasColumns + biasStep, lo, hi, accumulate, c + 32);
  finish(s4, s5, 8, biasRow, biasColumns + 2 * biasStep, lo, hi, accumulate, c + 64);
  finish(s6, s7, 8, biasRow, biasColumns + 3 * biasStep, lo, hi, accumulate, c + 96);
}

/** A single row of C: B is read once, so nothing is cut in groups. */
function single_row(
  n: i32, k: i32, a: usize, aStep: usize, b: usize, biasRow: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize,
): void {
  const panelBytes = <usize>k << 5;
  let j = 0;
  for (; j + 32 <= n; j += 32) {
    tile_1x32(k, a, aStep, b, biasRow, biasColumns, lo, hi, accumulate, c);
    b += 4 * panelBytes;
    c += 128;
    if (biasColumns) biasColumns += 128;
  }
  for (; j < n; j += 8) {
    tile_1x8(k, a, aStep, b, min<i32>(8, n - j), biasRow, biasColumns, lo, hi, accumulate, c);
    b += panelBytes;
    c += 32;
    if (biasColumns) biasColumns += 32;
  }
}

/** All row tiles of [rows] against one panel. */
function rows_by_panel(
  rows: i32, k: i32, a: usize, aRowBytes: usize, aStep: usize, b: usize, count: i32, biasRows: usize, biasColumns: usize,
  lo: v128, hi: v128, accumulate: i32, c: usize, cRowBytes: usize,
): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    tile_4x8(k, a, aRowBytes, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c, cRowBytes);
    a += 4 * aRowBytes;
    c += 4 * cRowBytes;
    if (biasRows) biasRows += 16;
  }
  if (rows - i >= 2) {
    tile_3x8(rows - i, k, a, aRowBytes, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c, cRowBytes);
  } else if (rows - i == 1) {
    tile_1x8(k, a, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c);
  }
}

/**
 * C[m, n] (+)= A[m, k] B[k, n] for each of `batch` items, then min(max(C + bias, lo), hi) with NaN kept.
 *
 * A is addressed by element strides, so transposed operands need no copy. B is packed in columns8 panels
 * [ceil(n / 8)][k][8]; bBatch = 0 repeats one B. C has rows of n consecutive floats, cRow apart.
 * biasRows [m] and biasColumns [n] may be 0. `accumulate` != 0 adds the old C before bias and clamp.
 */
export function f32_gemm_4x8(
  batch: i32, m: i32, n: i32, k: i32, a: usize, aBatch: i32, aRow: i32, aColumn: i32, b: usize, bBatch: i32,
  biasRows: usize, biasColumns: usize, lo: f32, hi: f32, accumulate: i32, c: usize, cBatch: i32, cRow: i32,
): void {
  const aRowBytes = <usize>aRow << 2, aStep = <usize>aColumn << 2, cRowBytes = <usize>cRow << 2;
  const panelBytes = <usize>k << 5;
  const low = f32x4.splat(lo), high = f32x4.splat(hi);
  const none = f32x4.splat(-Infinity), unbounded = f32x4.splat(Infinity);
  const block = k <= LONGEST_BLOCK ? max<i32>(k, 1) : BLOCK;
  const rowGroup = max<i32>(4, (GROUP_BYTES / (block << 2)) & ~3);
  const columnGroup = max<i32>(1, GROUP_BYTES / (block << 5)) << 3;

  for (let item = 0; item < batch; item++) {
    const aItem = a + (<usize>item * <usize>aBatch << 2);
    const bItem = b + (<usize>item * <usize>bBatch << 2);
    const cItem = c + (<usize>item * <usize>cBatch << 2);
    if (m == 1) {
      single_row(n, k, aItem, aStep, bItem, biasRows, biasColumns, low, high, accumulate, cItem);
      continue;
    }
    let k0 = 0;
    do {
      const depth = min<i32>(block, k - k0);
      const last = k0 + depth >= k;
      const add = accumulate | <i32>(k0 > 0);
      const lower = last ? low : none, upper = last ? high : unbounded;
      const aBlock = aItem + <usize>k0 * aStep;
      const bBlock = bItem + (<usize>k0 << 5);
      for (let j0 = 0; j0 < n; j0 += columnGroup) {
        const j1 = min<i32>(n, j0 + columnGroup);
        for (let i0 = 0; i0 < m; i0 += rowGroup) {
          const rows = min<i32>(rowGroup, m - i0);
          const aTile = aBlock + <usize>i0 * aRowBytes;
          const rowBias = last && biasRows ? biasRows + (<usize>i0 << 2) : 0;
          for (let j = j0; j < j1; j += 8) {
            const columnBias = last && biasColumns ? biasColumns + (<usize>j << 2) : 0;
            rows_by_panel(
              rows, depth, aTile, aRowBytes, aStep, bBlock + <usize>(j >> 3) * panelBytes, min<i32>(8, n - j),
              rowBias, columnBias, lower, upper, add, cItem + <usize>i0 * cRowBytes + (<usize>j << 2), cRowBytes,
            );
          }
        }
      }
      k0 += depth;
    } while (k0 < k);
  }
}
