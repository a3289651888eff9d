import { loadPart, storePart } from '../elementwise/lanes';
import { flush } from '../simd';

/**
 * Stochastic gradient descent over n parameters, every output may replace its input:
 *
 *     g' = g + weightDecay w      m' = momentum m + g'      w' = w - lr (nesterov ? g' + momentum m' : m')
 *
 * `lr` is the address of a float. Without m (address 0): w' = w - lr g'.
 */
export function f32_sgd(
  n: i32,
  momentum: f32,
  nesterov: i32,
  weightDecay: f32,
  lr: usize,
  w: usize,
  g: usize,
  m: usize,
  wOut: usize,
  mOut: usize,
): void {
  const rate = f32x4.splat(load<f32>(lr));
  const decay = f32x4.splat(weightDecay);
  const keep = f32x4.splat(momentum);
  for (let left = n; left > 0; left -= 4) {
    const whole = left >= 4;
    const weight = whole ? v128.load(w) : loadPart(w, left);
    const gradient = f32x4.add(whole ? v128.load(g) : loadPart(g, left), f32x4.mul(decay, weight));
    let direction = gradient;
    if (m !== 0) {
      // A velocity that fades away would stay denormal for ever.
      const velocity = flush(f32x4.add(f32x4.mul(keep, whole ? v128.load(m) : loadPart(m, left)), gradient));
      direction = nesterov !== 0 ? f32x4.add(gradient, f32x4.mul(keep, velocity)) : velocity;
      if (whole) v128.store(mOut, velocity);
      else storePart(mOut, left, velocity);
      m += 16;
      mOut += 16;
    }
    const next = f32x4.sub(weight, f32x4.mul(rate, direction));
    if (whole) v128.store(wOut, next);
    else storePart(wOut, left, next);
    w += 16;
    g += 16;
    wOut += 16;
  }
}
