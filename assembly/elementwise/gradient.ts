// out = dy f'(x) for n floats, written in y = f(x) where that is cheaper. out may be the address of either input. Denormal
// gradients become 0.

import { flush } from '../simd';
import { loadPart, storePart } from './lanes';
import { exp4, gauss4, normalCumulative4 } from './math';

abstract class Companion {
  abstract apply(dy: v128, x: v128, p: v128, q: v128): v128;
}

function map<T extends Companion>(n: i32, p: f32, q: f32, dy: usize, x: usize, out: usize): void {
  const first = f32x4.splat(p);
  const second = f32x4.splat(q);
  let left = n;
  for (; left >= 8; left -= 8) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    v128.store(out, flush(inline.always(changetype<T>(0).apply(g0, v0, first, second))));
    v128.store(out, flush(inline.always(changetype<T>(0).apply(g1, v1, first, second))), 16);
    dy += 32;
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    const whole = left >= 4;
    const g = whole ? v128.load(dy) : loadPart(dy, left);
    const v = whole ? v128.load(x) : loadPart(x, left);
    const dx = flush(inline.always(changetype<T>(0).apply(g, v, first, second)));
    if (whole) v128.store(out, dx);
    else storePart(out, left, dx);
    dy += 16;
    x += 16;
    out += 16;
  }
}

class ReluGrad extends Companion {
  apply(dy: v128, y: v128, _p: v128, _q: v128): v128 {
    return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  }
}
export function f32_relu_grad(n: i32, dy: usize, y: usize, out: usize): void {
  map<ReluGrad>(n, 0, 0, dy, y, out);
}

class LeakyReluGrad extends Companion {
  apply(dy: v128, x: v128, alpha: v128, _q: v128): v128 {
    return v128.bitselect(dy, f32x4.mul(dy, alpha), f32x4.gt(x, f32x4.splat(0)));
  }
}
export function f32_leaky_relu_grad(n: i32, alpha: f32, dy: usize, x: usize, out: usize): void {
  map<LeakyReluGrad>(n, alpha, 0, dy, x, out);
}

class ClipGrad extends Companion {
  apply(dy: v128, x: v128, lo: v128, hi: v128): v128 {
    return v128.and(dy, v128.and(f32x4.ge(x, lo), f32x4.le(x, hi)));
  }
}
/** dy where lo <= x <= hi, else 0. */
export function f32_clip_grad(n: i32, lo: f32, hi: f32, dy: usize, x: usize, out: usize): void {
  map<ClipGrad>(n, lo, hi, dy, x, out);
}

class SigmoidGrad extends Companion {
  apply(dy: v128, y: v128, _p: v128, _q: v128): v128 {
    return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
  }
}
export function f32_sigmoid_grad(n: i32, dy: usize, y: usize, out: usize): void {
  map<SigmoidGrad>(n, 0, 0, dy, y, out);
}

class TanhGrad extends Companion {
  apply(dy: v128, y: v128, _p: v128, _q: v128): v128 {
    return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  }
}
export function f32_tanh_grad(n: i32, dy: usize, y: usize, out: usize): void {
  map<TanhGrad>(n, 0, 0, dy, y, out);
}

class HardSwishGrad extends Companion {
  apply(dy: v128, x: v128, _p: v128, _q: v128): v128 {
    const slope = f32x4.add(f32x4.mul(x, f32x4.splat(<f32>(1.0 / 3.0))), f32x4.splat(0.5));
    const inside = f32x4.lt(f32x4.abs(x), f32x4.splat(3));
    const outside = v128.and(f32x4.splat(1), f32x4.gt(x, f32x4.splat(0)));
    return f32x4.mul(dy, v128.bitselect(slope, outside, inside));
  }
}
/** dy times 0 up to -3, x / 3 + 1/2 between, 1 from 3. */
export function f32_hard_swish_grad(n: i32, dy: usize, x: usize, out: usize): void {
  map<HardSwishGrad>(n, 0, 0, dy, x, out);
}

class GeluGrad extends Companion {
  apply(dy: v128, x: v128, _p: v128, _q: v128): v128 {
    // Phi(x) + x phi(x); 1 / sqrt(2 pi) = 0.3989...
    const gauss = inline.always(gauss4(x));
    const scaled = f32x4.mul(f32x4.mul(x, f32x4.splat(0.3989422804014327)), gauss);
    return f32x4.mul(dy, f32x4.add(inline.always(normalCumulative4(x, gauss)), scaled));
  }
}
export function f32_gelu_grad(n: i32, dy: usize, x: usize, out: usize): void {
  map<GeluGrad>(n, 0, 0, dy, x, out);
}

class GeluTanhGrad extends Companion {
  apply(dy: v128, x: v128, _p: v128, _q: v128): v128 {
    // With s = sigmoid(2 u), u = c (x + a x^3): s + x s (1 - s) 2 u', 2 c = 1.5957..., 3 a = 0.134145.
    // Past 10 the gate is 0 or 1 to the last bit, and infinities would meet zeros.
    const v = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-10)), f32x4.splat(10));
    const one = f32x4.splat(1);
    const square = f32x4.mul(v, v);
    const c = f32x4.mul(v, f32x4.splat(1.5957691216057308));
    const u = f32x4.mul(c, f32x4.add(f32x4.mul(square, f32x4.splat(0.044715)), one));
    // With z = e^-|2 u|: s = 1 or z over 1 + z, and s (1 - s) = z / (1 + z)^2 without cancellation.
    const z = inline.always(exp4(f32x4.neg(f32x4.abs(u))));
    const inverse = f32x4.div(one, f32x4.add(z, one));
    const s = f32x4.mul(inverse, v128.bitselect(z, one, f32x4.lt(u, f32x4.splat(0))));
    const slope = f32x4.mul(c, f32x4.add(f32x4.mul(square, f32x4.splat(0.134145)), one));
    return f32x4.mul(dy, f32x4.add(s, f32x4.mul(slope, f32x4.mul(z, f32x4.mul(inverse, inverse)))));
  }
}
export function f32_gelu_tanh_grad(n: i32, dy: usize, x: usize, out: usize): void {
  map<GeluTanhGrad>(n, 0, 0, dy, x, out);
}
