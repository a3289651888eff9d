// The pieces of softmax and of the losses on it.
import { lanesBelow, loadPart, storePart, sumLanes } from '../elementwise/lanes';
import { expBelow4, log4 } from '../elementwise/math';
import { flush } from '../simd';

/** out = e^(x - shift), where none of x is above shift; returns the sum. x and out may be the same. */
export function exponentials(n: i32, shift: f32, x: usize, out: usize): f32 {
  const s = f32x4.splat(shift);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let left = n;
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    const e0 = inline.always(expBelow4(f32x4.sub(v0, s)));
    const e1 = inline.always(expBelow4(f32x4.sub(v1, s)));
    v128.store(out, e0);
    v128.store(out, e1, 16);
    a0 = f32x4.add(a0, e0);
    a1 = f32x4.add(a1, e1);
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    const e = inline.always(expBelow4(f32x4.sub(whole ? v128.load(x) : loadPart(x, left), s)));
    if (whole) v128.store(out, e);
    else storePart(out, left, e);
    a0 = f32x4.add(a0, v128.and(e, lanesBelow(left)));
    x += 16;
    out += 16;
  }
  return sumLanes(f32x4.add(a0, a1));
}

/** The sum of e^(x - shift), where none of x is above shift. */
export function sumExponentials(n: i32, shift: f32, x: usize): f32 {
  const s = f32x4.splat(shift);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let left = n;
  for (; left >= 8; left -= 8) {
    a0 = f32x4.add(a0, inline.always(expBelow4(f32x4.sub(v128.load(x), s))));
    a1 = f32x4.add(a1, inline.always(expBelow4(f32x4.sub(v128.load(x, 16), s))));
    x += 32;
  }
  for (; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    a0 = f32x4.add(a0, v128.and(inline.always(expBelow4(f32x4.sub(v, s))), lanesBelow(left)));
    x += 16;
  }
  return sumLanes(f32x4.add(a0, a1));
}

/** x *= factor, denormals to 0. */
export function scale(n: i32, factor: f32, x: usize): void {
  const v = f32x4.splat(factor);
  for (let left = n; left > 0; left -= 4) {
    if (left >= 4) v128.store(x, flush(f32x4.mul(v128.load(x), v)));
    else storePart(x, left, flush(f32x4.mul(loadPart(x, left), v)));
    x += 16;
  }
}

/** ln x of one number. */
export function logScalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
