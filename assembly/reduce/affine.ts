// What normalisations end in.
import { loadPart, storePart } from '../elementwise/lanes';

/** out = (x - shift) * factor + offset along n elements; x and out may be the same. */
export function affine(n: i32, shift: f32, factor: f32, offset: f32, x: usize, out: usize): void {
  const s = f32x4.splat(shift);
  const f = f32x4.splat(factor);
  const o = f32x4.splat(offset);
  let left = n;
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    v128.store(out, f32x4.add(f32x4.mul(f32x4.sub(v0, s), f), o));
    v128.store(out, f32x4.add(f32x4.mul(f32x4.sub(v1, s), f), o), 16);
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    const v = whole ? v128.load(x) : loadPart(x, left);
    const y = f32x4.add(f32x4.mul(f32x4.sub(v, s), f), o);
    if (whole) v128.store(out, y);
    else storePart(out, left, y);
    x += 16;
    out += 16;
  }
}
