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
import { rows_by_panel } from './rows-by-panel';
import { tile_1x8, tile_1x32 } from './tiles';

const GROUP_BYTES: i32 = 1 << 18;
const LONGEST_BLOCK: i32 = 1536;
const BLOCK: i32 = 1024;

/** A single row of C: B is read once, so nothing is cut in groups. */
function single_row(
  n: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  biasRow: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
  c: usize,
): void {
  const panelBytes = (<usize>k) << 5;
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

/**
 * C[m, n] (+)= A[m, k] B[k, n] for each of `batch` items, then min(max(C + bias, lo), hi) with NaN kept.
 *
 * A is addressed by element strides, so transposed operands need no copy. B is packed in columns8 panels
 * [ceil(n / 8)][k][8]; bBatch = 0 repeats one B. C has rows of n consecutive floats, cRow apart.
 * biasRows [m] and biasColumns [n] may be 0. `accumulate` != 0 adds the old C before bias and clamp.
 */
export function f32_gemm_4x8(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aBatch: i32,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bBatch: i32,
  biasRows: usize,
  biasColumns: usize,
  lo: f32,
  hi: f32,
  accumulate: i32,
  c: usize,
  cBatch: i32,
  cRow: i32,
): void {
  const aRowBytes = (<usize>aRow) << 2,
    aStep = (<usize>aColumn) << 2,
    cRowBytes = (<usize>cRow) << 2;
  const panelBytes = (<usize>k) << 5;
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const none = f32x4.splat(-Infinity),
    unbounded = f32x4.splat(Infinity);
  const block = k <= LONGEST_BLOCK ? max<i32>(k, 1) : BLOCK;
  const rowGroup = max<i32>(12, (GROUP_BYTES / (block << 2) / 12) * 12);
  const columnGroup = max<i32>(1, GROUP_BYTES / (block << 5)) << 3;

  for (let item = 0; item < batch; item++) {
    const aItem = a + ((<usize>item * <usize>aBatch) << 2);
    const bItem = b + ((<usize>item * <usize>bBatch) << 2);
    const cItem = c + ((<usize>item * <usize>cBatch) << 2);
    if (m === 1) {
      single_row(n, k, aItem, aStep, bItem, biasRows, biasColumns, low, high, accumulate, cItem);
      continue;
    }
    let k0 = 0;
    do {
      const depth = min<i32>(block, k - k0);
      const last = k0 + depth >= k;
      const add = accumulate | <i32>(k0 > 0);
      const lower = last ? low : none,
        upper = last ? high : unbounded;
      const aBlock = aItem + <usize>k0 * aStep;
      const bBlock = bItem + ((<usize>k0) << 5);
      for (let j0 = 0; j0 < n; j0 += columnGroup) {
        const j1 = min<i32>(n, j0 + columnGroup);
        for (let i0 = 0; i0 < m; i0 += rowGroup) {
          const rows = min<i32>(rowGroup, m - i0);
          const aTile = aBlock + <usize>i0 * aRowBytes;
          const rowBias = last && biasRows ? biasRows + ((<usize>i0) << 2) : 0;
          for (let j = j0; j < j1; j += 8) {
            const columnBias = last && biasColumns ? biasColumns + ((<usize>j) << 2) : 0;
            rows_by_panel(
              rows,
              depth,
              aTile,
              aRowBytes,
              aStep,
              bBlock + <usize>(j >> 3) * panelBytes,
              min<i32>(8, n - j),
              rowBias,
              columnBias,
              lower,
              upper,
              add,
              cItem + <usize>i0 * cRowBytes + ((<usize>j) << 2),
              cRowBytes,
              j + 8 < n ? bBlock + <usize>((j >> 3) + 1) * panelBytes : 0,
            );
          }
        }
      }
      k0 += depth;
    } while (k0 < k);
  }
}
