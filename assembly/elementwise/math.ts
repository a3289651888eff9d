// Transcendental functions on four floats: argument reduction, a minimax polynomial, and selects for the edges.
// Errors are the largest found against double precision over dense sweeps of the finite range (the tests assert them).
// A result below 2^-126 in magnitude is flushed to 0 where said so: denormals would slow whatever reads them threefold.
// The polynomials were fitted for these intervals by iteratively reweighted least squares and rounded to float32.

const LOG2E: f32 = <f32>Math.LOG2E;
/** ln 2 in two parts; the first has 10 bits, so that its product with an exponent is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690581e-4;

/** a * b + c, rounded twice: the same bits in every build. */
function step(a: v128, b: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(a, b), f32x4.splat(c));
}

/**
 * e^x within 2 ulp. Above 88.72283: +inf. Below -87.33654: 0, never a denormal. NaN stays NaN.
 *
 *     x = n ln 2 + r, |r| <= ln 2 / 2      e^x = 2^n (1 + r + r^2 P(r))
 */
export function exp4(x: v128): v128 {
  // Adding 1.5 * 2^23 rounds to an integer and leaves n in the low bits, ready to be shifted into the exponent.
  const shifted = step(x, f32x4.splat(LOG2E), 12582912.0);
  const n = f32x4.sub(shifted, f32x4.splat(12582912.0));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = step(f32x4.splat(0.00138145976), r, 0.00836871658);
  p = step(p, r, 0.041668389);
  p = step(p, r, 0.166665211);
  p = step(p, r, 0.49999994);
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r);
  p = f32x4.add(p, f32x4.splat(1));
  p = i32x4.add(p, i32x4.shl(shifted, 23));
  p = v128.and(p, f32x4.ge(x, f32x4.splat(-87.33654)));
  // x + inf is +inf where x is too large and NaN where x is NaN.
  return v128.bitselect(p, f32x4.add(x, f32x4.splat(Infinity)), f32x4.le(x, f32x4.splat(88.72283)));
}

/**
 * e^x within 2 ulp for x <= 0, as it is after the greatest of a row was taken out. Below -87.33654: 0, never a denormal. NaN
 * stays NaN. Fewer steps than exp4: 2^n is made with its bias, and multiplied, so that nothing remains to be selected.
 */
export function expBelow4(x: v128): v128 {
  const shifted = step(x, f32x4.splat(LOG2E), 12583039.0);
  const n = f32x4.sub(shifted, f32x4.splat(12583039.0));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = step(f32x4.splat(0.00138145976), r, 0.00836871658);
  p = step(p, r, 0.041668389);
  p = step(p, r, 0.166665211);
  p = step(p, r, 0.49999994);
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r);
  p = f32x4.mul(f32x4.add(p, f32x4.splat(1)), i32x4.shl(shifted, 23));
  return v128.andnot(p, f32x4.lt(x, f32x4.splat(-87.33654)));
}

/**
 * e^x - 1 for x <= 0, also where e^x is nearly 1: 2^n r (1 + r P(r)) + (2^n - 1), with n and r as above. NaN stays NaN.
 */
export function expm1_4(x: v128): v128 {
  // e^-80 is nothing beside 1.
  const bounded = f32x4.max(x, f32x4.splat(-80));
  const shifted = step(bounded, f32x4.splat(LOG2E), 12582912.0);
  const n = f32x4.sub(shifted, f32x4.splat(12582912.0));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = step(f32x4.splat(0.00138145976), r, 0.00836871658);
  p = step(p, r, 0.041668389);
  p = step(p, r, 0.166665211);
  p = step(p, r, 0.49999994);
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r);
  const power = i32x4.add(f32x4.splat(1), i32x4.shl(shifted, 23));
  return f32x4.add(f32x4.mul(power, p), f32x4.sub(power, f32x4.splat(1)));
}

/**
 * ln x within 2 ulp, denormals included. 0: -inf. Below 0: NaN.
 *
 *     x = 2^e m, sqrt(1/2) <= m < sqrt(2), f = m - 1      ln x = e ln 2 + f - f^2 / 2 + f^3 P(f)
 */
export function log4(x: v128): v128 {
  const denormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, denormal);
  // 0x3f3504f3 is sqrt(1/2): subtracting it first makes the shift round the exponent at sqrt(2).
  const exponent = i32x4.shr_s(i32x4.sub(scaled, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(scaled, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const bias = v128.and(denormal, i32x4.splat(23));
  const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, bias));
  const square = f32x4.mul(f, f);
  let p = step(f32x4.splat(-0.0763449594), f, 0.127615765);
  p = step(p, f, -0.131601825);
  p = step(p, f, 0.142017588);
  p = step(p, f, -0.166233569);
  p = step(p, f, 0.200012267);
  p = step(p, f, -0.250008196);
  p = step(p, f, 0.333333313);
  p = f32x4.mul(f32x4.mul(p, f), square);
  p = f32x4.add(p, f32x4.mul(e, f32x4.splat(LN2_LOW)));
  p = f32x4.sub(p, f32x4.mul(square, f32x4.splat(0.5)));
  p = f32x4.add(f32x4.add(p, f), f32x4.mul(e, f32x4.splat(LN2_HIGH)));
  p = v128.bitselect(p, x, f32x4.lt(x, f32x4.splat(Infinity)));
  p = v128.or(p, f32x4.lt(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.splat(-Infinity), p, f32x4.eq(x, f32x4.splat(0)));
}

function withSign(magnitude: v128, sign: v128): v128 {
  return v128.bitselect(sign, magnitude, i32x4.splat(0x80000000));
}

/** erf x within 2 ulp: x + x P(x^2) below 0.9, 1 - e^-Q(|x|) above. A denormal x may lose its last bits. */
export function erf4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = step(f32x4.splat(8.51310469e-5), z, -0.000817563967);
  p = step(p, z, 0.00520385895);
  p = step(p, z, -0.0268605091);
  p = step(p, z, 0.112837151);
  p = step(p, z, -0.376126349);
  p = step(p, z, 0.128379166);
  const near = f32x4.add(x, f32x4.mul(x, p));
  // erfc(4) is less than half an ulp of 1.
  const t = f32x4.min(f32x4.abs(x), f32x4.splat(4));
  let q = step(f32x4.splat(-0.000197181624), t, 0.00305560674);
  q = step(q, t, -0.0222770832);
  q = step(q, t, 0.104037352);
  q = step(q, t, 0.637059748);
  q = step(q, t, 1.12774956);
  q = step(q, t, 0.000177495749);
  const far = f32x4.sub(f32x4.splat(1), inline.always(exp4(f32x4.neg(q))));
  return v128.bitselect(near, withSign(far, x), f32x4.lt(t, f32x4.splat(0.9)));
}

/** tanh x within 2 ulp: x + x^3 P(x^2) below 0.55, 1 - 2 / (e^2|x| + 1) above. */
export function tanh4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = step(f32x4.splat(-0.00627423171), z, 0.0210716724);
  p = step(p, z, -0.0538523085);
  p = step(p, z, 0.13332586);
  p = step(p, z, -0.333333164);
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, z), p));
  const magnitude = f32x4.abs(x);
  const e = inline.always(exp4(f32x4.add(magnitude, magnitude)));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  return v128.bitselect(near, withSign(far, x), f32x4.lt(magnitude, f32x4.splat(0.55)));
}

/** 1 / (1 + e^-x) within 2.5 ulp; 0 below -87.33654, never a denormal. */
export function sigmoid4(x: v128): v128 {
  const z = inline.always(expBelow4(f32x4.neg(f32x4.abs(x))));
  const one = f32x4.splat(1);
  return f32x4.div(v128.bitselect(z, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(z, one));
}

/** e^(-x^2 / 2), which normalCumulative4 and the normal density share. */
export function gauss4(x: v128): v128 {
  return inline.always(expBelow4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))));
}

/**
 * The standard normal distribution function from x and gauss4(x), within 2^-22; both tails fall to 0 and 1 with a
 * relative error that grows as 2^-24 x^2. With t = 1 / (1 + 0.3 |x|) the tail is gauss(x) t P(t).
 */
export function normalCumulative4(x: v128, gauss: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, step(f32x4.abs(x), f32x4.splat(0.3), 1));
  // Even and odd powers apart: half as long a chain as one power after the other.
  const square = f32x4.mul(t, t);
  let odd = step(f32x4.splat(0.0356748067), square, 0.20635359);
  let even = step(f32x4.splat(-0.157203183), square, -0.0536836237);
  odd = step(odd, square, 0.128561556);
  even = step(even, square, 0.0999135301);
  odd = step(odd, square, 0.120753951);
  even = step(even, square, 0.119629301);
  const p = f32x4.add(f32x4.mul(odd, t), even);
  const tail = f32x4.mul(f32x4.mul(p, t), gauss);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
