// Max pooling of [planes][h][w]. Padding takes no part; a window without any element gives -inf and index -1.
import { bytes4, isNotNumber } from '../elementwise/lanes';
import { endInside, endTap, firstInside, firstTap, load4 } from './window';

/** Greater, or a NaN where there was none: the first of equals stays. */
function better(v: v128, best: v128): v128 {
  return v128.andnot(v128.or(f32x4.gt(v, best), f32x4.ne(v, v)), f32x4.ne(best, best));
}

/** `indices` [planes][oh][ow] gets the int32 position inside its plane of every maximum; 0 = not wanted. NaN wins. */
export function f32_max_pool(
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
  x: usize,
  out: usize,
  indices: usize,
): void {
  const inside = min<i32>(firstInside(padLeft, sx), ow);
  const end = max<i32>(endInside(padLeft, sx, (kw - 1) * dilX, w, ow), inside);
  const lanes = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(sx));
  for (let plane = 0; plane < planes; plane++) {
    for (let oy = 0; oy < oh; oy++) {
      const y = oy * sy - padTop;
      const ky0 = firstTap(y, dilY);
      const ky1 = endTap(y, dilY, h, kh);
      let ox = 0;
      while (ox < ow) {
        if (ox >= inside && ox + 4 <= end && ky0 < ky1) {
          const left = ox * sx - padLeft;
          let best = f32x4.splat(-Infinity);
          let nan = i32x4.splat(0);
          let at = i32x4.splat((y + ky0 * dilY) * w + left);
          at = i32x4.add(at, lanes);
          for (let ky = ky0; ky < ky1; ky++) {
            let index = (y + ky * dilY) * w + left;
            for (let kx = 0; kx < kw; kx++) {
              const v = load4(x + bytes4(index), sx);
              if (indices !== 0) {
                const take = better(v, best);
                at = v128.bitselect(i32x4.add(i32x4.splat(index), lanes), at, take);
                best = v128.bitselect(v, best, take);
              } else {
                // pmax passes NaN by, in one instruction where max takes several.
                best = f32x4.pmax(best, v);
                nan = v128.or(nan, f32x4.ne(v, v));
              }
              index += dilX;
            }
          }
          v128.store(out + bytes4(ox), v128.or(best, nan));
          if (indices !== 0) v128.store(indices + bytes4(ox), at);
          // The last group steps back over columns already done rather than leave a remainder.
          ox = ox + 8 > end && ox + 4 < end ? end - 4 : ox + 4;
          continue;
        }
        const left = ox * sx - padLeft;
        const kx0 = firstTap(left, dilX);
        const kx1 = endTap(left, dilX, w, kw);
        let best: f32 = -Infinity;
        let at = -1;
        for (let ky = ky0; ky < ky1; ky++) {
          for (let kx = kx0; kx < kx1; kx++) {
            const index = (y + ky * dilY) * w + left + kx * dilX;
            const v = load<f32>(x + bytes4(index));
            if (at < 0 || v > best || (isNotNumber(v) && !isNotNumber(best))) {
              best = v;
              at = index;
            }
          }
        }
        store<f32>(out + bytes4(ox), best);
        if (indices !== 0) store<i32>(indices + bytes4(ox), at);
        ox++;
      }
      out += bytes4(ow);
      if (indices !== 0) indices += bytes4(ow);
    }
    x += bytes4(h) * <usize>w;
  }
}

/** dx [planes][h][w] = dy [planes][oh][ow] at the positions of the maxima, added up where windows share one. */
export function f32_max_pool_grad(
  planes: i32,
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  dy: usize,
  indices: usize,
  dx: usize,
): void {
  const area = h * w;
  for (let plane = 0; plane < planes; plane++) {
    memory.fill(dx, 0, bytes4(area));
    for (let i = oh * ow; i > 0; i--) {
      const index = load<i32>(indices);
      // -1: a window that held padding only. Indices come from f32_max_pool, but a wrong one must not leave the plane.
      if (<u32>index < <u32>area) {
        const at = dx + bytes4(index);
        store<f32>(at, load<f32>(at) + load<f32>(dy));
      }
      indices += 4;
      dy += 4;
    }
    dx += bytes4(area);
  }
}
