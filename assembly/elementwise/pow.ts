// a^b = 2^(b log2 |a|) in double precision, so that the result is right to the last float bit but for rounding ties.
import { isNotNumber } from './lanes';

/**
 * log2 of a positive finite double with a relative error near 2^-44.
 *
 *     x = 2^e m, sqrt(1/2) <= m < sqrt(2), s = (m - 1) / (m + 1)      ln m = 2 (s + s^3/3 + s^5/5 + ...)
 */
function log2(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  // 0x3fe6a09e667f3bcd is sqrt(1/2).
  const exponent = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (exponent << 52));
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1;
  return <f64>exponent + 2 * Math.LOG2E * s * p;
}

/** 2^x for |x| <= 200 with a relative error near 2^-38: the Taylor series of e^(r ln 2), |r| <= 1/2. */
function exp2(x: f64): f64 {
  const n = nearest<f64>(x);
  const r = (x - n) * Math.LN2;
  let p: f64 = 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return reinterpret<f64>(reinterpret<i64>(p) + ((<i64>n) << 52));
}

/** 1: odd integer, 2: even integer, 0: neither. */
function parity(b: f32): i32 {
  if (nearest<f32>(b) !== b) return 0;
  // From 2^24 on every float is even.
  if (abs<f32>(b) >= 16777216) return 2;
  return (<i32>b & 1) === 1 ? 1 : 2;
}

/** pow of IEEE 754: x^0 and 1^y are 1 even for NaN, a negative base wants an integer exponent. */
export function powScalar(a: f32, b: f32): f32 {
  if (b === 0 || a === 1) return 1;
  if (isNotNumber(a) || isNotNumber(b)) return NaN;
  const magnitude = <f64>abs<f32>(a);
  let result: f64;
  if (abs<f32>(b) === Infinity) {
    if (magnitude === 1) return 1;
    return magnitude > 1 === b > 0 ? Infinity : 0;
  }
  if (magnitude === 0) result = b > 0 ? 0 : Infinity;
  else if (magnitude === Infinity) result = b > 0 ? Infinity : 0;
  // Clamped where float32 has long overflowed or reached 0.
  else result = exp2(max<f64>(min<f64>(<f64>b * log2(magnitude), 200), -200));
  if (reinterpret<i32>(a) >= 0) return <f32>result;
  const kind = parity(b);
  if (kind === 1) return <f32>-result;
  return kind === 2 || magnitude === 0 || magnitude === Infinity ? <f32>result : NaN;
}

/** x^(1/2): unlike sqrt, +inf for -inf and +0 for -0. */
export function sqrtPower(x: v128): v128 {
  const root = f32x4.add(f32x4.sqrt(x), f32x4.splat(0));
  return v128.bitselect(f32x4.splat(Infinity), root, f32x4.eq(x, f32x4.splat(-Infinity)));
}
