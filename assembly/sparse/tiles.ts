// How a tile of a sparse product starts and ends.
import { clamp, store_first } from '../simd';

/** Stores 16 lanes, or fewer at the right edge. */
export function store_16(to: usize, s0: v128, s1: v128, s2: v128, s3: v128, lo: v128, hi: v128, count: i32): void {
  if (count >= 16) {
    v128.store(to, clamp(s0, lo, hi));
    v128.store(to, clamp(s1, lo, hi), 16);
    v128.store(to, clamp(s2, lo, hi), 32);
    v128.store(to, clamp(s3, lo, hi), 48);
    return;
  }
  store_first(to, clamp(s0, lo, hi), count);
  store_first(to + 16, clamp(s1, lo, hi), count - 4);
  store_first(to + 32, clamp(s2, lo, hi), count - 8);
  store_first(to + 48, clamp(s3, lo, hi), count - 12);
}

/** Stores 8 lanes, or fewer at the right edge. */
export function store_8(to: usize, s0: v128, s1: v128, lo: v128, hi: v128, count: i32): void {
  if (count >= 8) {
    v128.store(to, clamp(s0, lo, hi));
    v128.store(to, clamp(s1, lo, hi), 16);
    return;
  }
  store_first(to, clamp(s0, lo, hi), count);
  store_first(to + 16, clamp(s1, lo, hi), count - 4);
}

/** The bias of a row in every lane; 0 without one. */
export function bias_of(bias: usize, row: i32): v128 {
  return bias ? v128.load32_splat(bias + ((<usize>row) << 2)) : f32x4.splat(0);
}
