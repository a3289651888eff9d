// Local response normalisation across the channels of [images][channels][inner].

import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { exp4, log4 } from '../elementwise/math';

/**
 * out = x * (bias + alpha * sum of x^2 over channels c - before .. c + after)^-beta; x and out may not overlap. Neighbouring
 * channels lie `inner` apart, so that four pixels go side by side.
 */
export function f32_lrn(
  images: i32,
  channels: i32,
  inner: i32,
  before: i32,
  after: i32,
  alpha: f32,
  beta: f32,
  bias: f32,
  x: usize,
  out: usize,
): void {
  const pitch = bytes4(inner);
  const factor = f32x4.splat(alpha);
  const offset = f32x4.splat(bias);
  const exponent = f32x4.splat(-beta);
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < channels; c++) {
      const first = max<i32>(0, c - before) - c;
      const count = min<i32>(channels - 1, c + after) - c - first + 1;
      for (let left = inner; left > 0; left -= 4) {
        const whole = left >= 4;
        let p = x + <usize>first * pitch;
        let total = f32x4.splat(0);
        for (let i = 0; i < count; i++) {
          const v = whole ? v128.load(p) : loadPart(p, left);
          total = f32x4.add(total, f32x4.mul(v, v));
          p += pitch;
        }
        const base = f32x4.add(offset, f32x4.mul(factor, total));
        let power: v128;
        if (beta === 0.75) {
          const root = f32x4.sqrt(base);
          power = f32x4.div(f32x4.splat(1), f32x4.mul(root, f32x4.sqrt(root)));
        } else {
          power = exp4(f32x4.mul(exponent, log4(base)));
        }
        const y = f32x4.mul(whole ? v128.load(x) : loadPart(x, left), power);
        if (whole) v128.store(out, y);
        else storePart(out, left, y);
        const moved = bytes4(min<i32>(left, 4));
        x += moved;
        out += moved;
      }
    }
  }
}
