// The rows of scores between the two products of attention, in place.
import { bytes4, lanesBelow, loadPart, storePart, sumLanes } from '../elementwise/lanes';
import { expBelow4 } from '../elementwise/math';
import { largestNumber } from '../reduce/sums';

/**
 * The greatest of n numbers, whatever NaN there are, after `added` was added where there is one: a number for each where
 * step is 1, the same for all where it is 0.
 */
export function rowGreatest(n: i32, x: usize, added: usize, step: i32): f32 {
  if (added) add(n, x, added, step);
  return largestNumber(n, x);
}

function add(n: i32, x: usize, added: usize, step: i32): void {
  const one = v128.load32_splat(added);
  for (let left = n; left > 0; left -= 4) {
    if (left >= 4) v128.store(x, f32x4.add(v128.load(x), step ? v128.load(added) : one));
    else storePart(x, left, f32x4.add(loadPart(x, left), step ? loadPart(added, left) : one));
    x += 16;
    added += bytes4(step << 2);
  }
}

/** x = e^(x - top) for n numbers of which none is above top; returns the sum. */
export function expExcess(n: i32, top: f32, x: usize): f32 {
  const t = f32x4.splat(top);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let left = n;
  for (; left >= 8; left -= 8) {
    const e0 = inline.always(expBelow4(f32x4.sub(v128.load(x), t)));
    const e1 = inline.always(expBelow4(f32x4.sub(v128.load(x, 16), t)));
    v128.store(x, e0);
    v128.store(x, e1, 16);
    a0 = f32x4.add(a0, e0);
    a1 = f32x4.add(a1, e1);
    x += 32;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    const e = inline.always(expBelow4(f32x4.sub(whole ? v128.load(x) : loadPart(x, left), t)));
    if (whole) v128.store(x, e);
    else storePart(x, left, e);
    a0 = f32x4.add(a0, v128.and(e, lanesBelow(left)));
    x += 16;
  }
  return sumLanes(f32x4.add(a0, a1));
}
