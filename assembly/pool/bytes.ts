// Max pooling of bytes, rows of a window first and then its columns, as in rows.ts.
import { endTap, firstTap } from './window';

abstract class Greater {
  abstract lowest(): i32;
  abstract vector(a: v128, b: v128): v128;
  abstract load(p: usize): i32;
}

class Unsigned extends Greater {
  lowest(): i32 {
    return 0;
  }
  vector(a: v128, b: v128): v128 {
    return i8x16.max_u(a, b);
  }
  load(p: usize): i32 {
    return load<u8>(p);
  }
}

class Signed extends Greater {
  lowest(): i32 {
    return -128;
  }
  vector(a: v128, b: v128): v128 {
    return i8x16.max_s(a, b);
  }
  load(p: usize): i32 {
    return load<i8>(p);
  }
}

/** The greatest of `taps` bytes `step` apart, from every one of n places side by side. */
function reduce<T extends Greater>(n: i32, taps: i32, step: usize, x: usize, out: usize): void {
  for (; n >= 16; n -= 16) {
    let best = i8x16.splat(<i8>inline.always(changetype<T>(0).lowest()));
    let p = x;
    for (let tap = 0; tap < taps; tap++) {
      best = inline.always(changetype<T>(0).vector(best, v128.load(p)));
      p += step;
    }
    v128.store(out, best);
    x += 16;
    out += 16;
  }
  for (; n > 0; n--) store<u8>(out++, <u8>one<T>(taps, step, x++));
}

function one<T extends Greater>(taps: i32, step: usize, x: usize): i32 {
  let best = inline.always(changetype<T>(0).lowest());
  for (let tap = 0; tap < taps; tap++) {
    best = max<i32>(best, inline.always(changetype<T>(0).load(x)));
    x += step;
  }
  return best;
}

function pool<T extends Greater>(
  planes: i32,
  h: i32,
  w: i32,
  kh: i32,
  kw: i32,
  sy: i32,
  sx: i32,
  padTop: i32,
  padLeft: i32,
  dilY: i32,
  dilX: i32,
  oh: i32,
  ow: i32,
  length: i32,
  x: usize,
  out: usize,
  line: usize,
): void {
  memory.fill(line, <u8>inline.always(changetype<T>(0).lowest()), length);
  for (let plane = 0; plane < planes; plane++) {
    for (let oy = 0; oy < oh; oy++) {
      const y = oy * sy - padTop;
      const ky0 = firstTap(y, dilY);
      const rows = endTap(y, dilY, h, kh) - ky0;
      reduce<T>(w, rows, <usize>dilY * <usize>w, x + <usize>((y + ky0 * dilY) * w), line + <usize>padLeft);
      if (sx === 1) reduce<T>(ow, kw, dilX, line, out);
      else for (let ox = 0; ox < ow; ox++) store<u8>(out + <usize>ox, <u8>one<T>(kw, dilX, line + <usize>(ox * sx)));
      out += ow;
    }
    x += <usize>h * <usize>w;
  }
}

/** x [planes][h][w] → out [planes][oh][ow]; padding takes no part. `line` is scratch for `length` bytes, see rows.ts. */
export function u8_max_pool_rows(
  planes: i32,
  h: i32,
  w: i32,
  kh: i32,
  kw: i32,
  sy: i32,
  sx: i32,
  padTop: i32,
  padLeft: i32,
  dilY: i32,
  dilX: i32,
  oh: i32,
  ow: i32,
  length: i32,
  x: usize,
  out: usize,
  line: usize,
): void {
  pool<Unsigned>(planes, h, w, kh, kw, sy, sx, padTop, padLeft, dilY, dilX, oh, ow, length, x, out, line);
}

/** The same of signed bytes. */
export function i8_max_pool_rows(
  planes: i32,
  h: i32,
  w: i32,
  kh: i32,
  kw: i32,
  sy: i32,
  sx: i32,
  padTop: i32,
  padLeft: i32,
  dilY: i32,
  dilX: i32,
  oh: i32,
  ow: i32,
  length: i32,
  x: usize,
  out: usize,
  line: usize,
): void {
  pool<Signed>(planes, h, w, kh, kw, sy, sx, padTop, padLeft, dilY, dilX, oh, ow, length, x, out, line);
}
