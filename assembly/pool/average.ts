// Average pooling of [planes][h][w].
import { bytes4 } from '../elementwise/lanes';
import { endInside, endTap, firstInside, firstTap, load4 } from './window';

/** Taps that count along one axis: those inside, and those in the padding if wanted; beyond the padding none ever. */
function counted(start: i32, taps: i32, extent: i32, padEnd: i32, includePad: i32): i32 {
  if (includePad !== 0) return min<i32>(start + taps, extent + padEnd) - start;
  return endTap(start, 1, extent, taps) - firstTap(start, 1);
}

/** Windows without any element give 0. */
export function f32_avg_pool(
  planes: i32,
  h: i32,
  w: i32,
  kh: i32,
  kw: i32,
  sy: i32,
  sx: i32,
  padTop: i32,
  padLeft: i32,
  padBottom: i32,
  padRight: i32,
  oh: i32,
  ow: i32,
  countIncludePad: i32,
  x: usize,
  out: usize,
): void {
  const inside = min<i32>(firstInside(padLeft, sx), ow);
  const end = max<i32>(endInside(padLeft, sx, kw - 1, w, ow), inside);
  for (let plane = 0; plane < planes; plane++) {
    for (let oy = 0; oy < oh; oy++) {
      const y = oy * sy - padTop;
      const ky0 = firstTap(y, 1);
      const ky1 = endTap(y, 1, h, kh);
      const rows = counted(y, kh, h, padBottom, countIncludePad);
      let ox = 0;
      while (ox < ow) {
        const left = ox * sx - padLeft;
        if (ox >= inside && ox + 4 <= end) {
          let total = f32x4.splat(0);
          for (let ky = ky0; ky < ky1; ky++) {
            const p = x + bytes4((y + ky) * w + left);
            for (let kx = 0; kx < kw; kx++) total = f32x4.add(total, load4(p + bytes4(kx), sx));
          }
          const count = max<i32>(rows * kw, 1);
          v128.store(out + bytes4(ox), f32x4.div(total, f32x4.splat(<f32>count)));
          // The last group steps back over columns already done rather than leave a remainder.
          ox = ox + 8 > end && ox + 4 < end ? end - 4 : ox + 4;
          continue;
        }
        const kx0 = firstTap(left, 1);
        const kx1 = endTap(left, 1, w, kw);
        let total: f32 = 0;
        for (let ky = ky0; ky < ky1; ky++) {
          for (let kx = kx0; kx < kx1; kx++) total += load<f32>(x + bytes4((y + ky) * w + left + kx));
        }
        const count = max<i32>(rows * counted(left, kw, w, padRight, countIncludePad), 1);
        store<f32>(out + bytes4(ox), total / <f32>count);
        ox++;
      }
      out += bytes4(ow);
    }
    x += bytes4(h) * <usize>w;
  }
}

/** dx [planes][h][w]: every dy [planes][oh][ow], divided by its window's count, added to all elements of the window. */
export function f32_avg_pool_grad(
  planes: i32,
  h: i32,
  w: i32,
  kh: i32,
  kw: i32,
  sy: i32,
  sx: i32,
  padTop: i32,
  padLeft: i32,
  padBottom: i32,
  padRight: i32,
  oh: i32,
  ow: i32,
  countIncludePad: i32,
  dy: usize,
  dx: usize,
): void {
  const area = bytes4(h) * <usize>w;
  for (let plane = 0; plane < planes; plane++) {
    memory.fill(dx, 0, area);
    for (let oy = 0; oy < oh; oy++) {
      const y = oy * sy - padTop;
      const ky0 = firstTap(y, 1);
      const ky1 = endTap(y, 1, h, kh);
      const rows = counted(y, kh, h, padBottom, countIncludePad);
      for (let ox = 0; ox < ow; ox++) {
        const left = ox * sx - padLeft;
        const kx0 = firstTap(left, 1);
        const kx1 = endTap(left, 1, w, kw);
        const count = max<i32>(rows * counted(left, kw, w, padRight, countIncludePad), 1);
        const share = load<f32>(dy) / <f32>count;
        for (let ky = ky0; ky < ky1; ky++) {
          for (let kx = kx0; kx < kx1; kx++) {
            const at = dx + bytes4((y + ky) * w + left + kx);
            store<f32>(at, load<f32>(at) + share);
          }
        }
        dy += 4;
      }
    }
    dx += area;
  }
}
