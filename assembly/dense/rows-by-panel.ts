// The row tiles of a dense product against one panel of B, as gemm.ts draws it; convolutions share it.
import { tile_1x8, tile_3x8, tile_4x8, tile_6x8 } from './tiles';

/** From so many rows on the next panel is fetched while one is at work. */
const FETCHING_ROWS: i32 = 40;

/** Reads a word of every cache line of `bytes` from `from`, so that they are near when they are needed. */
function touch(from: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 64) load<i32>(from);
}

/**
 * All row tiles of [rows] against one panel. `next` is a panel that follows, or 0: each tile fetches a part of it, for the
 * first tile to read it would wait for every line of it.
 */
export function rows_by_panel(
  rows: i32,
  k: i32,
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  count: i32,
  biasRows: usize,
  biasColumns: usize,
  lo: v128,
  hi: v128,
  accumulate: i32,
  c: usize,
  cRowBytes: usize,
  next: usize,
): void {
  let i = 0;
  // Bytes per row; what does not divide stays for the tile that reads it. Few rows would wait for it as long as it takes.
  const part = next && rows >= FETCHING_ROWS ? (((<usize>k) << 5) / <usize>rows) & ~15 : 0;
  if (ASC_FEATURE_RELAXED_SIMD) {
    // Seven and eight are better taken as four and the rest.
    for (; i + 6 <= rows && i + 7 !== rows && i + 8 !== rows; i += 6) {
      touch(next, 6 * part);
      next += 6 * part;
      tile_6x8(k, a, aRowBytes, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c, cRowBytes);
      a += 6 * aRowBytes;
      c += 6 * cRowBytes;
      if (biasRows) biasRows += 24;
    }
  }
  for (; i + 4 <= rows; i += 4) {
    touch(next, 4 * part);
    next += 4 * part;
    tile_4x8(k, a, aRowBytes, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c, cRowBytes);
    a += 4 * aRowBytes;
    c += 4 * cRowBytes;
    if (biasRows) biasRows += 16;
  }
  if (rows - i >= 2) {
    tile_3x8(rows - i, k, a, aRowBytes, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c, cRowBytes);
  } else if (rows - i === 1) {
    tile_1x8(k, a, aStep, b, count, biasRows, biasColumns, lo, hi, accumulate, c);
  }
}
