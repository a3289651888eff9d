import { loadPart, storePart } from '../elementwise/lanes';
import { flush } from '../simd';

/**
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019; `decoupled` !== 0) over n parameters; every output may
 * replace its input:
 *
 *     g' = decoupled ? g : g + weightDecay w      w0 = decoupled ? w (1 - lr weightDecay) : w
 *     m' = beta1 m + (1 - beta1) g'               v' = beta2 v + (1 - beta2) g'^2
 *     w' = w0 - lr / correction1 * m' / (sqrt(v') / sqrt(correction2) + epsilon)
 *
 * `lr` and the corrections 1 - beta^t are addresses of floats.
 */
export function f32_adam(
  n: i32,
  beta1: f64,
  beta2: f64,
  epsilon: f32,
  weightDecay: f64,
  decoupled: i32,
  lr: usize,
  correction1: usize,
  correction2: usize,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  wOut: usize,
  mOut: usize,
  vOut: usize,
): void {
  const rate = <f64>load<f32>(lr);
  const step = f32x4.splat(<f32>(rate / <f64>load<f32>(correction1)));
  const unbias = f32x4.splat(<f32>(1 / sqrt<f64>(<f64>load<f32>(correction2))));
  const shrink = f32x4.splat(decoupled !== 0 ? <f32>(1 - rate * weightDecay) : 1);
  const decay = f32x4.splat(decoupled !== 0 ? 0 : <f32>weightDecay);
  const keep1 = f32x4.splat(<f32>beta1);
  const keep2 = f32x4.splat(<f32>beta2);
  const add1 = f32x4.splat(<f32>(1 - beta1));
  const add2 = f32x4.splat(<f32>(1 - beta2));
  const floor4 = f32x4.splat(epsilon);
  for (let left = n; left > 0; left -= 4) {
    const whole = left >= 4;
    const weight = whole ? v128.load(w) : loadPart(w, left);
    const plain = whole ? v128.load(g) : loadPart(g, left);
    const gradient = f32x4.add(plain, f32x4.mul(decay, weight));
    const oldFirst = whole ? v128.load(m) : loadPart(m, left);
    const oldSecond = whole ? v128.load(v) : loadPart(v, left);
    // Moments that fade away would stay denormal for ever.
    const first = flush(f32x4.add(f32x4.mul(keep1, oldFirst), f32x4.mul(add1, gradient)));
    const second = flush(f32x4.add(f32x4.mul(keep2, oldSecond), f32x4.mul(add2, f32x4.mul(gradient, gradient))));
    const scale = f32x4.add(f32x4.mul(f32x4.sqrt(second), unbias), floor4);
    const next = f32x4.sub(f32x4.mul(weight, shrink), f32x4.div(f32x4.mul(step, first), scale));
    if (whole) {
      v128.store(mOut, first);
      v128.store(vOut, second);
      v128.store(wOut, next);
    } else {
      storePart(mOut, left, first);
      storePart(vOut, left, second);
      storePart(wOut, left, next);
    }
    w += 16;
    g += 16;
    m += 16;
    v += 16;
    wOut += 16;
    mOut += 16;
    vOut += 16;
  }
}
