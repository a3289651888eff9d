// Softmax along the last axis of [rows][columns], stable: the largest element of the row is subtracted first. A NaN need not
// be found with it: it comes back in the sum.

import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { exp4 } from '../elementwise/math';
import { flush } from '../simd';
import { exponentials, logScalar, scale, sumExponentials } from './exponentials';
import { dotAbout, largestNumber, sum } from './sums';

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
      const dx = flush(f32x4.mul(p, f32x4.sub(g, dot)));
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
      const dx = flush(f32x4.sub(g, f32x4.mul(exp4(l), total)));
      if (whole) v128.store(out, dx);
      else storePart(out, left, dx);
      const step = bytes4(min<i32>(left, 4));
      dy += step;
      y += step;
      out += step;
    }
  }
}
