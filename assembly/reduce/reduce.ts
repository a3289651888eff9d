// x seen as [outer][axis][inner]; the middle goes. Empty axes give 0 (sums), NaN (mean), -inf (max), inf (min) and 1 (product).
import { bytes4, isNotNumber, lanesBelow, loadPart, storePart } from '../elementwise/lanes';
import { hasNaN, largestNumber, sum, sumAbsolute, sumSquaredDifferences, sumSquaresAbout } from './sums';

abstract class Fold {
  abstract first(): v128;
  /** `a` with an element more. */
  abstract apply(a: v128, b: v128): v128;
  /** Two results as one. */
  abstract merge(a: v128, b: v128): v128;
}

/** Rows folded one by one would lose digits on long axes: 128 rows at a time fold into the total. */
const BLOCK = 128;

/**
 * One [axis][inner] slab to one row, column by column group:
 *
 *     x + 0 * pitch   [16 columns | 16 columns | ... | 4 | 4 | 1 to 3]
 *     x + 1 * pitch   [...]          down: folded in registers
 */
function columns<T extends Fold>(axis: i32, inner: i32, x: usize, out: usize): void {
  const pitch = bytes4(inner);
  let left = inner;
  for (; left >= 16; left -= 16) {
    let t0 = inline.always(changetype<T>(0).first());
    let t1 = t0;
    let t2 = t0;
    let t3 = t0;
    let p = x;
    for (let rows = axis; rows > 0; rows -= BLOCK) {
      let a0 = inline.always(changetype<T>(0).first());
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let r = min<i32>(rows, BLOCK); r > 0; r--) {
        a0 = inline.always(changetype<T>(0).apply(a0, v128.load(p)));
        a1 = inline.always(changetype<T>(0).apply(a1, v128.load(p, 16)));
        a2 = inline.always(changetype<T>(0).apply(a2, v128.load(p, 32)));
        a3 = inline.always(changetype<T>(0).apply(a3, v128.load(p, 48)));
        p += pitch;
      }
      t0 = inline.always(changetype<T>(0).merge(t0, a0));
      t1 = inline.always(changetype<T>(0).merge(t1, a1));
      t2 = inline.always(changetype<T>(0).merge(t2, a2));
      t3 = inline.always(changetype<T>(0).merge(t3, a3));
    }
    v128.store(out, t0);
    v128.store(out, t1, 16);
    v128.store(out, t2, 32);
    v128.store(out, t3, 48);
    x += 64;
    out += 64;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    let total = inline.always(changetype<T>(0).first());
    let p = x;
    for (let rows = axis; rows > 0; rows -= BLOCK) {
      let a = inline.always(changetype<T>(0).first());
      for (let r = min<i32>(rows, BLOCK); r > 0; r--) {
        a = inline.always(changetype<T>(0).apply(a, whole ? v128.load(p) : loadPart(p, left)));
        p += pitch;
      }
      total = inline.always(changetype<T>(0).merge(total, a));
    }
    if (whole) v128.store(out, total);
    else storePart(out, left, total);
    x += 16;
    out += 16;
  }
}

class Sum extends Fold {
  first(): v128 {
    return f32x4.splat(0);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
export function f32_reduce_sum(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, <f32>sum(axis, x));
    else columns<Sum>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

export function f32_reduce_mean(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  f32_reduce_sum(outer, axis, inner, x, out);
  const end = out + bytes4(outer) * <usize>inner;
  const count = f32x4.splat(<f32>axis);
  for (; out + 16 <= end; out += 16) v128.store(out, f32x4.div(v128.load(out), count));
  for (; out < end; out += 4) store<f32>(out, load<f32>(out) / <f32>axis);
}

class Max extends Fold {
  first(): v128 {
    return f32x4.splat(-Infinity);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
/** NaN where one is NaN. */
export function f32_reduce_max(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, hasNaN(axis, x) ? NaN : largestNumber(axis, x));
    else columns<Max>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

/** One run of elements to one number, four at a time. */
function run<T extends Fold>(n: i32, x: usize): f32 {
  const first = inline.always(changetype<T>(0).first());
  let a = first;
  for (; n >= 4; n -= 4) {
    a = inline.always(changetype<T>(0).apply(a, v128.load(x)));
    x += 16;
  }
  if (n > 0) {
    const last = v128.bitselect(loadPart(x, n), first, lanesBelow(n));
    a = inline.always(changetype<T>(0).merge(a, last));
  }
  a = inline.always(
    changetype<T>(0).merge(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
  );
  a = inline.always(
    changetype<T>(0).merge(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)),
  );
  return f32x4.extract_lane(a, 0);
}

class Min extends Fold {
  first(): v128 {
    return f32x4.splat(Infinity);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
/** NaN where one is NaN. */
export function f32_reduce_min(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, run<Min>(axis, x));
    else columns<Min>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

class Product extends Fold {
  first(): v128 {
    return f32x4.splat(1);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
export function f32_reduce_prod(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, run<Product>(axis, x));
    else columns<Product>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

class SumSquares extends Fold {
  first(): v128 {
    return f32x4.splat(0);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, f32x4.mul(b, b));
  }
}
export function f32_reduce_sum_squares(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, <f32>sumSquaresAbout(axis, 0, x));
    else columns<SumSquares>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

class SumAbsolute extends Fold {
  first(): v128 {
    return f32x4.splat(0);
  }
  merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, f32x4.abs(b));
  }
}
export function f32_reduce_sum_absolute(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const slab = bytes4(axis) * <usize>inner;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, <f32>sumAbsolute(axis, x));
    else columns<SumAbsolute>(axis, inner, x, out);
    x += slab;
    out += bytes4(inner);
  }
}

/** The mean of (a - b)^2 as one float. */
export function f32_mse(n: i32, a: usize, b: usize, out: usize): void {
  store<f32>(out, <f32>(sumSquaredDifferences(n, a, b) / <f64>n));
}

/** The position of the first element that is `value`, or the first NaN if that is what `value` is. */
function positionOf(value: f32, n: i32, x: usize): i32 {
  const v = f32x4.splat(value);
  const nan = f32x4.ne(v, v);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const u = v128.load(x + bytes4(i));
    const same = v128.or(f32x4.eq(u, v), v128.and(nan, f32x4.ne(u, u)));
    if (v128.any_true(same)) return i + ctz<i32>(i32x4.bitmask(same));
  }
  for (; i < n; i++) {
    const u = load<f32>(x + bytes4(i));
    if (u === value || (isNotNumber(u) && isNotNumber(value))) return i;
  }
  return 0;
}

/** The int32 position of the first largest element along the axis; of the first NaN if there is one. */
export function f32_argmax(outer: i32, axis: i32, inner: i32, x: usize, out: usize): void {
  const pitch = bytes4(inner);
  for (let o = 0; o < outer; o++) {
    if (inner === 1) {
      store<i32>(out, positionOf(hasNaN(axis, x) ? NaN : largestNumber(axis, x), axis, x));
      x += bytes4(axis);
      out += 4;
      continue;
    }
    for (let left = inner; left > 0; left -= 4) {
      const whole = left >= 4;
      let p = x;
      let best = f32x4.splat(-Infinity);
      let at = i32x4.splat(0);
      for (let r = 0; r < axis; r++) {
        const v = whole ? v128.load(p) : loadPart(p, left);
        // Greater, or the first NaN; nothing beats a NaN.
        const take = v128.andnot(v128.or(f32x4.gt(v, best), f32x4.ne(v, v)), f32x4.ne(best, best));
        best = v128.bitselect(v, best, take);
        at = v128.bitselect(i32x4.splat(r), at, take);
        p += pitch;
      }
      if (whole) v128.store(out, at);
      else storePart(out, left, at);
      // The last group is narrower than 16 bytes.
      x += whole ? 16 : bytes4(left);
      out += whole ? 16 : bytes4(left);
    }
    x += bytes4(axis - 1) * <usize>inner;
  }
}
