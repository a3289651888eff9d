// Softmax along the last axis of [rows][columns], stable: the largest element of the row is subtracted first. A NaN need not
// be found with it: it comes back in the sum.

import { bytes4, lanesBelow, loadPart, storePart, sumLanes } from '../elementwise/lanes';
import { exp4, log4 } from '../elementwise/math';
import { dotAbout, largestNumber, sum } from './sums';

/** out = e^(x - shift); returns the sum. x and out may be the same. */
export function exponentials(n: i32, shift: f32, x: usize, out: usize): f32 {
  const s = f32x4.splat(shift);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let left = n;
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    const e0 = inline.always(exp4(f32x4.sub(v0, s)));
    const e1 = inline.always(exp4(f32x4.sub(v1, s)));
    v128.store(out, e0);
    v128.store(out, e1, 16);
    a0 = f32x4.add(a0, e0);
    a1 = f32x4.add(a1, e1);
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    const e = inline.always(exp4(f32x4.sub(whole ? v128.load(x) : loadPart(x, left), s)));
    if (whole) v128.store(out, e);
    else storePart(out, left, e);
    a0 = f32x4.add(a0, v128.and(e, lanesBelow(left)));
    x += 16;
    out += 16;
  }
  return sumLanes(f32x4.add(a0, a1));
}

/** The sum of e^(x - shift). */
function sumExponentials(n: i32, shift: f32, x: usize): f32 {
  const s = f32x4.splat(shift);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let left = n;
  for (; left >= 8; left -= 8) {
    a0 = f32x4.add(a0, inline.always(exp4(f32x4.sub(v128.load(x), s))));
    a1 = f32x4.add(a1, inline.always(exp4(f32x4.sub(v128.load(x, 16), s))));
    x += 32;
  }
  for (; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    a0 = f32x4.add(a0, v128.and(inline.always(exp4(f32x4.sub(v, s))), lanesBelow(left)));
    x += 16;
  }
  return sumLanes(f32x4.add(a0, a1));
}

/** x *= factor */
export function scale(n: i32, factor: f32, x: usize): void {
  const v = f32x4.splat(factor);
  for (let left = n; left > 0; left -= 4) {
    if (left >= 4) v128.store(x, f32x4.mul(v128.load(x), v));
    else storePart(x, left, f32x4.mul(loadPart(x, left), v));
    x += 16;
  }
}

/** ln x of one number. */
export function logScalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

/** x and out may be the same. */
export function f32_softmax(rows: i32, columns: i32, x: usize, out: usize): void {
  const pitch = bytes4(columns);
  for (let r = 0; r < rows; r++) {
    const total = exponentials(columns, largestNumber(columns, x), x, out);
    scale(columns, 1 / total, out);
    x += pitch;
    out += pitch;
  }
}

/** x and out may be the same. */
export function f32_log_softmax(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const shift = largestNumber(columns, x);
    // Two subtractions: the largest first, or a sum near 1 would vanish beside it.
    const first = f32x4.splat(shift);
    const second = f32x4.splat(logScalar(sumExponentials(columns, shift, x)));
    for (let left = columns; left > 0; left -= 4) {
      const v = left >= 4 ? v128.load(x) : loadPart(x, left);
      const y = f32x4.sub(f32x4.sub(v, first), second);
      if (left >= 4) v128.store(out, y);
      else storePart(out, left, y);
      const step = bytes4(min<i32>(left, 4));
      x += step;
      out += step;
    }
  }
}

/** out = y (dy - sum(dy y)); out may be dy or y. */
export function f32_softmax_grad(rows: i32, columns: i32, dy: usize, y: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const dot = f32x4.splat(<f32>dotAbout(columns, 0, dy, y));
    for (let left = columns; left > 0; left -= 4) {
      const whole = left >= 4;
      const g = whole ? v128.load(dy) : loadPart(dy, left);
      const p = whole ? v128.load(y) : loadPart(y, left);
      const dx = f32x4.mul(p, f32x4.sub(g, dot));
      if (whole) v128.store(out, dx);
      else storePart(out, left, dx);
      const step = bytes4(min<i32>(left, 4));
      dy += step;
      y += step;
      out += step;
    }
  }
}

/** out = dy - e^y sum(dy); out may be dy or y. */
export function f32_log_softmax_grad(rows: i32, columns: i32, dy: usize, y: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const total = f32x4.splat(<f32>sum(columns, dy));
    for (let left = columns; left > 0; left -= 4) {
      const whole = left >= 4;
      const g = whole ? v128.load(dy) : loadPart(dy, left);
      const l = whole ? v128.load(y) : loadPart(y, left);
      const dx = f32x4.sub(g, f32x4.mul(exp4(l), total));
      if (whole) v128.store(out, dx);
      else storePart(out, left, dx);
      const step = bytes4(min<i32>(left, 4));
      dy += step;
      y += step;
      out += step;
    }
  }
}
