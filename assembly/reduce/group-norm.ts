// Normalisation of groups of channels, [groups][channels per group][inner], and of rows by their root mean square.
import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { affine } from './affine';
import { sum, sumSquaresAbout } from './sums';

/**
 * out = (x - mean) / sqrt(variance + epsilon) * scale + bias by the statistics of every group, population variance. Groups
 * run through images; scale and bias hold one number per `step` channels, and start over after `period` channels.
 * x and out may be the same.
 */
export function f32_group_norm(
  groups: i32,
  channels: i32,
  inner: i32,
  first: i32,
  step: i32,
  period: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  bias: usize,
  out: usize,
): void {
  const size = channels * inner;
  for (let group = 0; group < groups; group++) {
    const m = <f32>(sum(size, x) / <f64>size);
    const inverse = <f32>(1 / sqrt<f64>(sumSquaresAbout(size, m, x) / <f64>size + <f64>epsilon));
    for (let c = 0; c < channels; c++) {
      const at = bytes4((((first + group) * channels + c) % period) / step);
      affine(inner, m, inverse * load<f32>(scale + at), load<f32>(bias + at), x, out);
      x += bytes4(inner);
      out += bytes4(inner);
    }
  }
}

/** out = x / sqrt(mean(x^2) + epsilon) * scale along rows; `invStd`, one number per row, may be 0. x and out may be the same. */
export function f32_rms_norm(
  rows: i32,
  columns: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  out: usize,
  invStd: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const inverse = <f32>(1 / sqrt<f64>(sumSquaresAbout(columns, 0, x) / <f64>columns + <f64>epsilon));
    if (invStd !== 0) store<f32>(invStd + bytes4(r), inverse);
    const factor = f32x4.splat(inverse);
    let s = scale;
    for (let left = columns; left > 0; left -= 4) {
      if (left >= 4) v128.store(out, f32x4.mul(f32x4.mul(v128.load(x), factor), v128.load(s)));
      else storePart(out, left, f32x4.mul(f32x4.mul(loadPart(x, left), factor), loadPart(s, left)));
      const moved = bytes4(min<i32>(left, 4));
      x += moved;
      out += moved;
      s += moved;
    }
  }
}
