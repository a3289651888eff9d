// Sums along a row. Lanes add up for at most 1024 elements, then move into doubles: long rows lose nothing, and the
// order of additions depends on the length alone, so that results are reproducible.
import { lanesBelow, loadPart, widenSum } from '../elementwise/lanes';

abstract class Term {
  abstract apply(x: v128, y: v128, shift: v128): v128;
}

function sumTerms<T extends Term>(n: i32, shift: f32, x: usize, y: usize): f64 {
  const s = f32x4.splat(shift);
  let total = f64x2.splat(0);
  let left = n;
  while (left >= 16) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    for (let block = min<i32>(left, 1024); block >= 16; block -= 16) {
      a0 = f32x4.add(a0, inline.always(changetype<T>(0).apply(v128.load(x), v128.load(y), s)));
      a1 = f32x4.add(a1, inline.always(changetype<T>(0).apply(v128.load(x, 16), v128.load(y, 16), s)));
      a2 = f32x4.add(a2, inline.always(changetype<T>(0).apply(v128.load(x, 32), v128.load(y, 32), s)));
      a3 = f32x4.add(a3, inline.always(changetype<T>(0).apply(v128.load(x, 48), v128.load(y, 48), s)));
      x += 64;
      y += 64;
      left -= 16;
    }
    total = f64x2.add(total, widenSum(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3))));
  }
  let tail = f32x4.splat(0);
  for (; left >= 4; left -= 4) {
    tail = f32x4.add(tail, inline.always(changetype<T>(0).apply(v128.load(x), v128.load(y), s)));
    x += 16;
    y += 16;
  }
  if (left > 0) {
    const last = inline.always(changetype<T>(0).apply(loadPart(x, left), loadPart(y, left), s));
    tail = f32x4.add(tail, v128.and(last, lanesBelow(left)));
  }
  total = f64x2.add(total, widenSum(tail));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

class Plain extends Term {
  apply(x: v128, _y: v128, _shift: v128): v128 {
    return x;
  }
}
export function sum(n: i32, x: usize): f64 {
  return sumTerms<Plain>(n, 0, x, x);
}

class Absolute extends Term {
  apply(x: v128, _y: v128, _shift: v128): v128 {
    return f32x4.abs(x);
  }
}
export function sumAbsolute(n: i32, x: usize): f64 {
  return sumTerms<Absolute>(n, 0, x, x);
}

class SquareAbout extends Term {
  apply(x: v128, _y: v128, shift: v128): v128 {
    const d = f32x4.sub(x, shift);
    return f32x4.mul(d, d);
  }
}
/** The sum of (x - shift)^2. */
export function sumSquaresAbout(n: i32, shift: f32, x: usize): f64 {
  return sumTerms<SquareAbout>(n, shift, x, x);
}

class SquaredDifference extends Term {
  apply(x: v128, y: v128, _shift: v128): v128 {
    const d = f32x4.sub(x, y);
    return f32x4.mul(d, d);
  }
}
/** The sum of (x - y)^2. */
export function sumSquaredDifferences(n: i32, x: usize, y: usize): f64 {
  return sumTerms<SquaredDifference>(n, 0, x, y);
}

class DotAbout extends Term {
  apply(x: v128, y: v128, shift: v128): v128 {
    return f32x4.mul(x, f32x4.sub(y, shift));
  }
}
/** The sum of x (y - shift). */
export function dotAbout(n: i32, shift: f32, x: usize, y: usize): f64 {
  return sumTerms<DotAbout>(n, shift, x, y);
}

/** The largest of n elements, whatever NaN there are; -inf if there is none. */
export function largestNumber(n: i32, x: usize): f32 {
  let m0 = f32x4.splat(-Infinity);
  let m1 = m0;
  let left = n;
  // pmax(m, v) is m < v ? v : m, one instruction, and passes a NaN in v by.
  for (; left >= 8; left -= 8) {
    m0 = f32x4.pmax(m0, v128.load(x));
    m1 = f32x4.pmax(m1, v128.load(x, 16));
    x += 32;
  }
  for (; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : v128.bitselect(loadPart(x, left), m0, lanesBelow(left));
    m0 = f32x4.pmax(m0, v);
    x += 16;
  }
  m0 = f32x4.pmax(m0, m1);
  m0 = f32x4.pmax(m0, i8x16.shuffle(m0, m0, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max<f32>(f32x4.extract_lane(m0, 0), f32x4.extract_lane(m0, 1));
}

/** Whether there is a NaN among n elements. */
export function hasNaN(n: i32, x: usize): bool {
  let found = i32x4.splat(0);
  for (let left = n; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    found = v128.or(found, f32x4.ne(v, v));
    x += 16;
  }
  return v128.any_true(found);
}
