// Layer normalisation of [rows][columns] along the columns, population variance.
import { bytes4, lanesBelow, loadPart, storePart, widenSum } from '../elementwise/lanes';
import { sum, sumSquaresAbout } from './sums';

/**
 * out = (x - mean) / sqrt(variance + epsilon) * scale + bias. `bias`, `mean` and `invStd` (one per row) may be 0.
 * x and out may be the same.
 */
export function f32_layer_norm(
  rows: i32,
  columns: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  bias: usize,
  out: usize,
  mean: usize,
  invStd: usize,
): void {
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    const m = <f32>(sum(columns, x) / <f64>columns);
    const inverse = <f32>(1 / sqrt<f64>(sumSquaresAbout(columns, m, x) / <f64>columns + <f64>epsilon));
    if (mean !== 0) store<f32>(mean + bytes4(r), m);
    if (invStd !== 0) store<f32>(invStd + bytes4(r), inverse);
    const shift = f32x4.splat(m);
    const factor = f32x4.splat(inverse);
    let s = scale;
    let b = bias;
    let left = columns;
    for (; left >= 4; left -= 4) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x), shift), factor);
      const scaled = f32x4.mul(normal, v128.load(s));
      v128.store(out, f32x4.add(scaled, bias !== 0 ? v128.load(b) : zero));
      x += 16;
      out += 16;
      s += 16;
      b += 16;
    }
    if (left > 0) {
      const normal = f32x4.mul(f32x4.sub(loadPart(x, left), shift), factor);
      const scaled = f32x4.mul(normal, loadPart(s, left));
      storePart(out, left, f32x4.add(scaled, bias !== 0 ? loadPart(b, left) : zero));
      x += bytes4(left);
      out += bytes4(left);
    }
  }
}

/**
 * With n = (x - mean) invStd and g = dy scale, all per row:
 *
 *     dx = invStd (g - mean(g) - n mean(g n))      dscale = sum over rows of dy n      dbias = sum over rows of dy
 *
 * dx may be dy; nothing else may overlap.
 */
export function f32_layer_norm_grad(
  rows: i32,
  columns: i32,
  dy: usize,
  x: usize,
  scale: usize,
  mean: usize,
  invStd: usize,
  dx: usize,
  dscale: usize,
  dbias: usize,
): void {
  memory.fill(dscale, 0, bytes4(columns));
  memory.fill(dbias, 0, bytes4(columns));
  for (let r = 0; r < rows; r++) {
    const shift = f32x4.splat(load<f32>(mean + bytes4(r)));
    const factor = f32x4.splat(load<f32>(invStd + bytes4(r)));
    let plain = f64x2.splat(0);
    let dotted = f64x2.splat(0);
    for (let at: usize = 0, left = columns; left > 0; left -= 4) {
      const whole = left >= 4;
      const g = whole ? v128.load(dy + at) : loadPart(dy + at, left);
      const v = whole ? v128.load(x + at) : loadPart(x + at, left);
      const n = f32x4.mul(f32x4.sub(v, shift), factor);
      const ds = f32x4.mul(g, n);
      const scaled = f32x4.mul(g, whole ? v128.load(scale + at) : loadPart(scale + at, left));
      plain = f64x2.add(plain, widenSum(scaled));
      dotted = f64x2.add(dotted, widenSum(v128.and(f32x4.mul(scaled, n), lanesBelow(left))));
      if (whole) {
        v128.store(dscale + at, f32x4.add(v128.load(dscale + at), ds));
        v128.store(dbias + at, f32x4.add(v128.load(dbias + at), g));
      } else {
        storePart(dscale + at, left, f32x4.add(loadPart(dscale + at, left), ds));
        storePart(dbias + at, left, f32x4.add(loadPart(dbias + at, left), g));
      }
      at += 16;
    }
    const count = <f64>columns;
    const meanPlain = f32x4.splat(<f32>((f64x2.extract_lane(plain, 0) + f64x2.extract_lane(plain, 1)) / count));
    const meanDotted = f32x4.splat(<f32>((f64x2.extract_lane(dotted, 0) + f64x2.extract_lane(dotted, 1)) / count));
    for (let at: usize = 0, left = columns; left > 0; left -= 4) {
      const whole = left >= 4;
      const g = whole ? v128.load(dy + at) : loadPart(dy + at, left);
      const v = whole ? v128.load(x + at) : loadPart(x + at, left);
      const n = f32x4.mul(f32x4.sub(v, shift), factor);
      const scaled = f32x4.mul(g, whole ? v128.load(scale + at) : loadPart(scale + at, left));
      const centred = f32x4.sub(f32x4.sub(scaled, meanPlain), f32x4.mul(n, meanDotted));
      if (whole) v128.store(dx + at, f32x4.mul(centred, factor));
      else storePart(dx + at, left, f32x4.mul(centred, factor));
      at += 16;
    }
    dy += bytes4(columns);
    x += bytes4(columns);
    dx += bytes4(columns);
  }
}
