// Dot products of planes: several at a time over the same lines, so that each load serves more than one.
//
//     y  line 0  ████████████▒▒      x0, x1, ...  line 0  ████████████▒▒     one pointer per tap, moved along together
//        line 1  ████████████▒▒                   line 1  ████████████▒▒
//
// A line has `width` numbers and the next begins yLine (xLine) bytes later. Its last one to three numbers (▒) are read with
// those before them, whose products are masked out; where there are none before, they are read alone. What lies between the
// lines is never read, so that it may be anything.
//
// `never` is 0: branches that are not taken keep engines from moving all loads to the front, where registers run out.
import { flush, load_first, madd, store_first, sum_each } from '../simd';

/** Adds to (or, with `add` 0, replaces) the first `count` floats at `to`. */
function put(to: usize, value: v128, count: i32, add: i32): void {
  store_first(to, flush(add ? f32x4.add(load_first(to, count), value) : value), count);
}

/** Bytes from where a whole vector would begin back to where the last `rest` numbers of a line are read. */
function back_of(width: i32, rest: i32): usize {
  return width >= 4 ? (<usize>(4 - rest)) << 2 : 0;
}

/** The lanes of that vector which count. */
function rest_of(width: i32, rest: i32): v128 {
  const lanes = i32x4(0, 1, 2, 3);
  return width >= 4 ? i32x4.ge_s(lanes, i32x4.splat(4 - rest)) : i32x4.lt_s(lanes, i32x4.splat(rest));
}

/** A vector that ends with its line, or all of a line shorter than one. */
function load_rest(at: usize, width: i32): v128 {
  return width >= 4 ? v128.load(at) : load_first(at, width);
}

/** One plane y with the four taps from `offsets`, of which `count` are real: the others repeat the last. */
export function dots_1x4(
  lines: i32,
  width: i32,
  y: usize,
  yLine: usize,
  offsets: usize,
  count: i32,
  x: usize,
  xLine: usize,
  never: i32,
  add: i32,
  out: usize,
): void {
  const final = offsets + ((<usize>(count - 1)) << 2);
  let x0 = x + load<u32>(offsets),
    x1 = x + load<u32>(min<usize>(offsets + 4, final)),
    x2 = x + load<u32>(min<usize>(offsets + 8, final)),
    x3 = x + load<u32>(min<usize>(offsets + 12, final));
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
  const rest = width & 3,
    back = back_of(width, rest),
    mask = rest_of(width, rest);
  yLine -= (<usize>(width - rest)) << 2;
  xLine -= (<usize>(width - rest)) << 2;
  for (; lines > 0; lines--) {
    let n = width;
    for (; n >= 8; n -= 8) {
      let a = v128.load(y);
      s0 = madd(a, v128.load(x0), s0);
      s1 = madd(a, v128.load(x1), s1);
      s2 = madd(a, v128.load(x2), s2);
      s3 = madd(a, v128.load(x3), s3);
      if (never) unreachable();
      a = v128.load(y, 16);
      s0 = madd(a, v128.load(x0, 16), s0);
      s1 = madd(a, v128.load(x1, 16), s1);
      s2 = madd(a, v128.load(x2, 16), s2);
      s3 = madd(a, v128.load(x3, 16), s3);
      y += 32;
      x0 += 32;
      x1 += 32;
      x2 += 32;
      x3 += 32;
    }
    if (n >= 4) {
      const a = v128.load(y);
      s0 = madd(a, v128.load(x0), s0);
      s1 = madd(a, v128.load(x1), s1);
      s2 = madd(a, v128.load(x2), s2);
      s3 = madd(a, v128.load(x3), s3);
      y += 16;
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
    }
    if (rest) {
      const a = load_rest(y - back, width);
      s0 = f32x4.add(s0, v128.and(f32x4.mul(a, load_rest(x0 - back, width)), mask));
      s1 = f32x4.add(s1, v128.and(f32x4.mul(a, load_rest(x1 - back, width)), mask));
      s2 = f32x4.add(s2, v128.and(f32x4.mul(a, load_rest(x2 - back, width)), mask));
      s3 = f32x4.add(s3, v128.and(f32x4.mul(a, load_rest(x3 - back, width)), mask));
    }
    y += yLine;
    x0 += xLine;
    x1 += xLine;
    x2 += xLine;
    x3 += xLine;
  }
  put(out, sum_each(s0, s1, s2, s3), count, add);
}

/**
 * Two planes y0, y1 with four taps, of which `count` are real: values [taps][2]. Where y1 does not exist (it is y0 then) its
 * values become 0.
 */
export function dots_2x4(
  lines: i32,
  width: i32,
  y0: usize,
  y1: usize,
  yLine: usize,
  offsets: usize,
  count: i32,
  x: usize,
  xLine: usize,
  never: i32,
  add: i32,
  out: usize,
): void {
  const final = offsets + ((<usize>(count - 1)) << 2);
  const real = y1 === y0 ? i32x4(-1, 0, -1, 0) : i32x4.splat(-1);
  let x0 = x + load<u32>(offsets),
    x1 = x + load<u32>(min<usize>(offsets + 4, final)),
    x2 = x + load<u32>(min<usize>(offsets + 8, final)),
    x3 = x + load<u32>(min<usize>(offsets + 12, final));
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0,
    r0 = s0,
    r1 = s0,
    r2 = s0,
    r3 = s0;
  const rest = width & 3,
    back = back_of(width, rest),
    mask = rest_of(width, rest);
  yLine -= (<usize>(width - rest)) << 2;
  xLine -= (<usize>(width - rest)) << 2;
  for (; lines > 0; lines--) {
    let n = width;
    for (; n >= 4; n -= 4) {
      const a = v128.load(y0),
        b = v128.load(y1);
      let v = v128.load(x0);
      s0 = madd(a, v, s0);
      r0 = madd(b, v, r0);
      v = v128.load(x1);
      s1 = madd(a, v, s1);
      r1 = madd(b, v, r1);
      if (never) unreachable();
      v = v128.load(x2);
      s2 = madd(a, v, s2);
      r2 = madd(b, v, r2);
      v = v128.load(x3);
      s3 = madd(a, v, s3);
      r3 = madd(b, v, r3);
      y0 += 16;
      y1 += 16;
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
    }
    if (rest) {
      const a = load_rest(y0 - back, width),
        b = load_rest(y1 - back, width);
      let v = load_rest(x0 - back, width);
      s0 = f32x4.add(s0, v128.and(f32x4.mul(a, v), mask));
      r0 = f32x4.add(r0, v128.and(f32x4.mul(b, v), mask));
      v = load_rest(x1 - back, width);
      s1 = f32x4.add(s1, v128.and(f32x4.mul(a, v), mask));
      r1 = f32x4.add(r1, v128.and(f32x4.mul(b, v), mask));
      v = load_rest(x2 - back, width);
      s2 = f32x4.add(s2, v128.and(f32x4.mul(a, v), mask));
      r2 = f32x4.add(r2, v128.and(f32x4.mul(b, v), mask));
      v = load_rest(x3 - back, width);
      s3 = f32x4.add(s3, v128.and(f32x4.mul(a, v), mask));
      r3 = f32x4.add(r3, v128.and(f32x4.mul(b, v), mask));
    }
    y0 += yLine;
    y1 += yLine;
    x0 += xLine;
    x1 += xLine;
    x2 += xLine;
    x3 += xLine;
  }
  put(out, v128.and(sum_each(s0, r0, s1, r1), real), count << 1, add);
  put(out + 16, v128.and(sum_each(s2, r2, s3, r3), real), (count - 2) << 1, add);
}

/** Four planes, yPlane bytes apart, with two taps: values [taps][4]. Of the planes `rows` exist; the others' values become 0. */
export function dots_4x2(
  lines: i32,
  width: i32,
  y: usize,
  yPlane: usize,
  rows: i32,
  yLine: usize,
  offsets: usize,
  count: i32,
  x: usize,
  xLine: usize,
  never: i32,
  add: i32,
  out: usize,
): void {
  const real = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rows));
  let ya = y,
    yb = rows > 1 ? y + yPlane : y,
    yc = rows > 2 ? y + 2 * yPlane : y,
    yd = rows > 3 ? y + 3 * yPlane : y;
  let x0 = x + load<u32>(offsets),
    x1 = x + load<u32>(count > 1 ? offsets + 4 : offsets);
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0,
    r0 = s0,
    r1 = s0,
    r2 = s0,
    r3 = s0;
  const rest = width & 3,
    back = back_of(width, rest),
    mask = rest_of(width, rest);
  yLine -= (<usize>(width - rest)) << 2;
  xLine -= (<usize>(width - rest)) << 2;
  for (; lines > 0; lines--) {
    let n = width;
    for (; n >= 4; n -= 4) {
      const v = v128.load(x0),
        w = v128.load(x1);
      let a = v128.load(ya);
      s0 = madd(a, v, s0);
      r0 = madd(a, w, r0);
      a = v128.load(yb);
      s1 = madd(a, v, s1);
      r1 = madd(a, w, r1);
      if (never) unreachable();
      a = v128.load(yc);
      s2 = madd(a, v, s2);
      r2 = madd(a, w, r2);
      a = v128.load(yd);
      s3 = madd(a, v, s3);
      r3 = madd(a, w, r3);
      x0 += 16;
      x1 += 16;
      ya += 16;
      yb += 16;
      yc += 16;
      yd += 16;
    }
    if (rest) {
      const v = load_rest(x0 - back, width),
        w = load_rest(x1 - back, width);
      let a = load_rest(ya - back, width);
      s0 = f32x4.add(s0, v128.and(f32x4.mul(a, v), mask));
      r0 = f32x4.add(r0, v128.and(f32x4.mul(a, w), mask));
      a = load_rest(yb - back, width);
      s1 = f32x4.add(s1, v128.and(f32x4.mul(a, v), mask));
      r1 = f32x4.add(r1, v128.and(f32x4.mul(a, w), mask));
      a = load_rest(yc - back, width);
      s2 = f32x4.add(s2, v128.and(f32x4.mul(a, v), mask));
      r2 = f32x4.add(r2, v128.and(f32x4.mul(a, w), mask));
      a = load_rest(yd - back, width);
      s3 = f32x4.add(s3, v128.and(f32x4.mul(a, v), mask));
      r3 = f32x4.add(r3, v128.and(f32x4.mul(a, w), mask));
    }
    x0 += xLine;
    x1 += xLine;
    ya += yLine;
    yb += yLine;
    yc += yLine;
    yd += yLine;
  }
  put(out, v128.and(sum_each(s0, s1, s2, s3), real), 4, add);
  if (count > 1) put(out + 16, v128.and(sum_each(r0, r1, r2, r3), real), 4, add);
}
