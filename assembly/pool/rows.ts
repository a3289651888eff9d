// Max pooling without indices: the rows of a window first, then its columns.
//
//     x      rows under the window      [ a a a a a a ]
//                                       [ b b b b b b ]
//     line   -inf, their maxima, -inf   [ - m m m m m m - ]     so that no column is an edge
//     out    maxima along the line
import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { endTap, firstTap, load4 } from './window';

function fillLine(line: usize, n: i32): void {
  const low = f32x4.splat(-Infinity);
  for (; n >= 4; n -= 4) {
    v128.store(line, low);
    line += 16;
  }
  for (; n > 0; n--) {
    store<f32>(line, -Infinity);
    line += 4;
  }
}

/** Maxima of `rows` rows `pitch` bytes apart, NaN where one is NaN, which pmax passes by. */
function reduceRows(n: i32, rows: i32, pitch: usize, x: usize, line: usize): void {
  for (; n > 0; n -= 4) {
    const whole = n >= 4;
    let best = f32x4.splat(-Infinity);
    let nan = i32x4.splat(0);
    let p = x;
    for (let r = 0; r < rows; r++) {
      const v = whole ? v128.load(p) : loadPart(p, n);
      best = f32x4.pmax(best, v);
      nan = v128.or(nan, f32x4.ne(v, v));
      p += pitch;
    }
    const most = v128.or(best, nan);
    if (whole) v128.store(line, most);
    else storePart(line, n, most);
    x += 16;
    line += 16;
  }
}

/**
 * x [planes][h][w] → out [planes][oh][ow]; padding takes no part, NaN wins, a window without any element gives -inf. Rows of
 * x lie xPitch floats apart, planes xPlane; those of out likewise. `line` is scratch for `length` floats: as far as the last
 * window reaches, and at least padLeft + w.
 */
export function f32_max_pool_rows(
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
  xPitch: i32,
  xPlane: i32,
  out: usize,
  outPitch: i32,
  outPlane: i32,
  line: usize,
): void {
  const pitch = bytes4(dilY) * <usize>xPitch;
  const gap = bytes4(outPitch - ow),
    rest = bytes4(outPlane - oh * outPitch);
  fillLine(line, padLeft);
  fillLine(line + bytes4(padLeft + w), length - padLeft - w);
  for (let plane = 0; plane < planes; plane++) {
    for (let oy = 0; oy < oh; oy++) {
      const y = oy * sy - padTop;
      const ky0 = firstTap(y, dilY);
      const rows = endTap(y, dilY, h, kh) - ky0;
      reduceRows(w, rows, pitch, x + bytes4((y + ky0 * dilY) * xPitch), line + bytes4(padLeft));
      let ox = 0;
      for (; ox + 4 <= ow; ox += 4) {
        let p = line + bytes4(ox * sx);
        let best = f32x4.splat(-Infinity);
        let nan = i32x4.splat(0);
        for (let kx = 0; kx < kw; kx++) {
          const v = load4(p, sx);
          best = f32x4.pmax(best, v);
          nan = v128.or(nan, f32x4.ne(v, v));
          p += bytes4(dilX);
        }
        v128.store(out, v128.or(best, nan));
        out += 16;
      }
      for (; ox < ow; ox++) {
        const p = line + bytes4(ox * sx);
        let best: f32 = -Infinity;
        for (let kx = 0; kx < kw; kx++) best = max<f32>(best, load<f32>(p + bytes4(kx * dilX)));
        store<f32>(out, best);
        out += 4;
      }
      out += gap;
    }
    x += bytes4(xPlane);
    out += rest;
  }
}
