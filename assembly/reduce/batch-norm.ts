// Batch normalisation of [batch][channels][inner] per channel, population variance.
import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { affine } from './affine';
import { dotAbout, sum, sumSquaresAbout } from './sums';

/** By given statistics; x and out may be the same. */
export function f32_batch_norm(
  batch: i32,
  channels: i32,
  inner: i32,
  epsilon: f32,
  x: usize,
  scale: usize,
  bias: usize,
  mean: usize,
  variance: usize,
  out: usize,
): void {
  const plane = bytes4(inner);
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      const at = bytes4(c);
      const factor = load<f32>(scale + at) / sqrt<f32>(load<f32>(variance + at) + epsilon);
      affine(inner, load<f32>(mean + at), factor, load<f32>(bias + at), x, out);
      x += plane;
      out += plane;
    }
  }
}

/**
 * By the statistics of the batch, which go to savedMean and savedInvStd. As ONNX has it, the new running statistics are
 * momentum * old + (1 - momentum) * batch. They may replace the old ones; x and out may be the same.
 */
export function f32_batch_norm_training(
  batch: i32,
  channels: i32,
  inner: i32,
  epsilon: f32,
  momentum: f64,
  x: usize,
  scale: usize,
  bias: usize,
  runningMean: usize,
  runningVar: usize,
  out: usize,
  newMean: usize,
  newVar: usize,
  savedMean: usize,
  savedInvStd: usize,
): void {
  const plane = bytes4(inner);
  const image = plane * <usize>channels;
  const count = <f64>batch * <f64>inner;
  for (let c = 0; c < channels; c++) {
    const at = bytes4(c);
    const first = x + plane * <usize>c;
    let total: f64 = 0;
    for (let b = 0; b < batch; b++) total += sum(inner, first + image * <usize>b);
    const mean = <f32>(total / count);
    let squares: f64 = 0;
    for (let b = 0; b < batch; b++) squares += sumSquaresAbout(inner, mean, first + image * <usize>b);
    const variance = squares / count;
    const invStd = <f32>(1 / sqrt<f64>(variance + <f64>epsilon));
    store<f32>(savedMean + at, mean);
    store<f32>(savedInvStd + at, invStd);
    store<f32>(newMean + at, <f32>(momentum * <f64>load<f32>(runningMean + at) + (1 - momentum) * <f64>mean));
    store<f32>(newVar + at, <f32>(momentum * <f64>load<f32>(runningVar + at) + (1 - momentum) * variance));
    const factor = load<f32>(scale + at) * invStd;
    const offset = load<f32>(bias + at);
    for (let b = 0; b < batch; b++) {
      const skip = plane * <usize>c + image * <usize>b;
      affine(inner, mean, factor, offset, x + skip, out + skip);
    }
  }
}

/** out = factor * (dy - a - (x - shift) * b) along one plane. */
function centre(n: i32, factor: f32, a: f32, shift: f32, b: f32, dy: usize, x: usize, out: usize): void {
  const f4 = f32x4.splat(factor);
  const a4 = f32x4.splat(a);
  const s4 = f32x4.splat(shift);
  const b4 = f32x4.splat(b);
  for (let left = n; left > 0; left -= 4) {
    const whole = left >= 4;
    const g = whole ? v128.load(dy) : loadPart(dy, left);
    const v = whole ? v128.load(x) : loadPart(x, left);
    const dx = f32x4.mul(f4, f32x4.sub(f32x4.sub(g, a4), f32x4.mul(f32x4.sub(v, s4), b4)));
    if (whole) v128.store(out, dx);
    else storePart(out, left, dx);
    dy += 16;
    x += 16;
    out += 16;
  }
}

/**
 * With n = (x - savedMean) savedInvStd, per channel:
 *
 *     dbias = sum(dy)      dscale = sum(dy n)      dx = scale savedInvStd (dy - mean(dy) - n mean(dy n))
 *
 * dx may be dy or x.
 */
export function f32_batch_norm_grad(
  batch: i32,
  channels: i32,
  inner: i32,
  dy: usize,
  x: usize,
  scale: usize,
  savedMean: usize,
  savedInvStd: usize,
  dx: usize,
  dscale: usize,
  dbias: usize,
): void {
  const plane = bytes4(inner);
  const image = plane * <usize>channels;
  const count = <f64>batch * <f64>inner;
  for (let c = 0; c < channels; c++) {
    const at = bytes4(c);
    const mean = load<f32>(savedMean + at);
    const invStd = <f64>load<f32>(savedInvStd + at);
    let total: f64 = 0;
    let dotted: f64 = 0;
    for (let b = 0; b < batch; b++) {
      const skip = plane * <usize>c + image * <usize>b;
      total += sum(inner, dy + skip);
      dotted += dotAbout(inner, mean, dy + skip, x + skip);
    }
    dotted *= invStd;
    store<f32>(dbias + at, <f32>total);
    store<f32>(dscale + at, <f32>dotted);
    const factor = <f32>(<f64>load<f32>(scale + at) * invStd);
    const slope = <f32>((dotted / count) * invStd);
    for (let b = 0; b < batch; b++) {
      const skip = plane * <usize>c + image * <usize>b;
      centre(inner, factor, <f32>(total / count), mean, slope, dy + skip, x + skip, dx + skip);
    }
  }
}
