// The last one to three elements of an operand, and lane arithmetic that every family needs.

/** 1, 2 or 3 elements at `p`, then zeros. Never reads past them. */
export function loadPart(p: usize, count: i32): v128 {
  if (count === 1) return v128.load32_zero(p);
  const low = v128.load64_zero(p);
  return count === 2 ? low : v128.load32_lane(p, low, 2, 8);
}

/** Stores the first 1, 2 or 3 lanes. */
export function storePart(p: usize, count: i32, v: v128): void {
  if (count === 1) {
    v128.store32_lane(p, v, 0);
    return;
  }
  v128.store64_lane(p, v, 0);
  if (count === 3) v128.store32_lane(p, v, 2, 8);
}

/** All bits set in the first `count` lanes. */
export function lanesBelow(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** (l0 + l2) + (l1 + l3) */
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The four lanes added up in double precision, as two partial sums. */
export function widenSum(v: v128): v128 {
  const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(high));
}

/** n elements as bytes. */
export function bytes4(n: i32): usize {
  return (<usize>n) << 2;
}

/** Whether x is NaN, by its bits. */
export function isNotNumber(x: f32): bool {
  return reinterpret<u32>(x) << 1 > 0xff000000;
}
