// Small pieces of vector code shared by the kernel files. Nothing here is an export of the module.

/** a * b + c, rounded once in the relaxed build and twice elsewhere. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The smallest float32 that is not denormal, 2^-126. */
const SMALLEST: f32 = 1.17549435e-38;
/** Where a float32 keeps its exponent: all 0 in denormals and 0. */
const EXPONENT: i32 = 0x7f800000;

/** Denormals put to 0: they would slow whatever reads them threefold. NaN stays NaN. */
export function flush(x: v128): v128 {
  return v128.andnot(x, i32x4.eq(v128.and(x, i32x4.splat(EXPONENT)), i32x4.splat(0)));
}

/**
 * How a sum of products ends: denormals to 0, then min(max(x, lo), hi) per lane. pmax and pmin return their first operand
 * when a lane is NaN, so NaN stays NaN.
 */
export function clamp(x: v128, lo: v128, hi: v128): v128 {
  return f32x4.pmin(f32x4.pmax(flush(x), lo), hi);
}

/** The same for one number. */
export function clamp_1(x: f32, lo: f32, hi: f32): f32 {
  const flushed: f32 = abs<f32>(x) < SMALLEST ? 0 : x;
  const raised = flushed < lo ? lo : flushed;
  return hi < raised ? hi : raised;
}

/** The first `count` floats at `from`, zeros in the other lanes. Reads nothing past them; any count is accepted. */
export function load_first(from: usize, count: i32): v128 {
  if (count >= 4) return v128.load(from);
  if (count === 3) return v128.load_lane<f32>(from, v128.load_zero<u64>(from), 2, 8);
  if (count === 2) return v128.load_zero<u64>(from);
  if (count === 1) return v128.load_zero<u32>(from);
  return f32x4.splat(0);
}

/** Writes the first `count` lanes and nothing past them; any count is accepted. */
export function store_first(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
  } else if (count >= 2) {
    v128.store_lane<u64>(to, value, 0);
    if (count === 3) v128.store_lane<f32>(to, value, 2, 8);
  } else if (count === 1) {
    v128.store_lane<f32>(to, value, 0);
  }
}

/**
 * The sums of four vectors as one vector: [Σa, Σb, Σc, Σd].
 *
 *     a0 b0 a1 b1 + a2 b2 a3 b3 = a02 b02 a13 b13
 *     c0 d0 c1 d1 + c2 d2 c3 d3 = c02 d02 c13 d13     then   a02 b02 c02 d02 + a13 b13 c13 d13
 */
export function sum_each(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/**
 * Stores the first `rows` rows of the transposed 4x4 square, `stepBytes` apart.
 *
 *     a0 a1 a2 a3          a0 b0 c0 d0   at out
 *     b0 b1 b2 b3    →     a1 b1 c1 d1   at out + stepBytes
 *     c0 c1 c2 c3          a2 b2 c2 d2   ...
 *     d0 d1 d2 d3          a3 b3 c3 d3
 */
export function store_transposed(a: v128, b: v128, c: v128, d: v128, out: usize, stepBytes: usize, rows: i32): void {
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
  if (rows < 2) return;
  v128.store(out + stepBytes, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
  if (rows < 3) return;
  v128.store(out + 2 * stepBytes, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
  if (rows < 4) return;
  v128.store(out + 3 * stepBytes, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
}
