// y = f(x) for n floats. x and out may be the same address.

import { flush } from '../simd';
import { map, mapWide, Unary } from './map';
import { erf4, exp4, gauss4, log4, normalCumulative4, sigmoid4, tanh4 } from './math';

class Neg extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.neg(x);
  }
}
export function f32_neg(n: i32, x: usize, out: usize): void {
  mapWide<Neg>(n, 0, 0, x, out);
}

class Abs extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.abs(x);
  }
}
export function f32_abs(n: i32, x: usize, out: usize): void {
  mapWide<Abs>(n, 0, 0, x, out);
}

class Sqrt extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.sqrt(x);
  }
}
export function f32_sqrt(n: i32, x: usize, out: usize): void {
  map<Sqrt>(n, 0, 0, x, out);
}

class Reciprocal extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}
export function f32_reciprocal(n: i32, x: usize, out: usize): void {
  map<Reciprocal>(n, 0, 0, x, out);
}

class Sign extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    const one = v128.bitselect(x, f32x4.splat(1), i32x4.splat(0x80000000));
    const zero = f32x4.splat(0);
    return v128.bitselect(one, x, v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)));
  }
}
/** -1, 0 or 1; zeros keep their sign and NaN stays NaN. */
export function f32_sign(n: i32, x: usize, out: usize): void {
  mapWide<Sign>(n, 0, 0, x, out);
}

class Relu extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}
/** max(x, 0); NaN stays NaN. */
export function f32_relu(n: i32, x: usize, out: usize): void {
  mapWide<Relu>(n, 0, 0, x, out);
}

class LeakyRelu extends Unary {
  apply(x: v128, alpha: v128, _q: v128): v128 {
    return v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, f32x4.splat(0)));
  }
}
export function f32_leaky_relu(n: i32, alpha: f32, x: usize, out: usize): void {
  mapWide<LeakyRelu>(n, alpha, 0, x, out);
}

class Clip extends Unary {
  apply(x: v128, lo: v128, hi: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, lo), hi);
  }
}
/** min(max(x, lo), hi); NaN stays NaN. */
export function f32_clip(n: i32, lo: f32, hi: f32, x: usize, out: usize): void {
  mapWide<Clip>(n, lo, hi, x, out);
}

class HardSwish extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    const gate = f32x4.add(f32x4.mul(x, f32x4.splat(<f32>(1.0 / 6.0))), f32x4.splat(0.5));
    return f32x4.mul(x, f32x4.pmin(f32x4.pmax(gate, f32x4.splat(0)), f32x4.splat(1)));
  }
}
/** x min(max(x / 6 + 1/2, 0), 1) */
export function f32_hard_swish(n: i32, x: usize, out: usize): void {
  mapWide<HardSwish>(n, 0, 0, x, out);
}

class Exp extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return inline.always(exp4(x));
  }
}
export function f32_exp(n: i32, x: usize, out: usize): void {
  map<Exp>(n, 0, 0, x, out);
}

class Log extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return inline.always(log4(x));
  }
}
export function f32_log(n: i32, x: usize, out: usize): void {
  map<Log>(n, 0, 0, x, out);
}

class Erf extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return inline.always(erf4(x));
  }
}
export function f32_erf(n: i32, x: usize, out: usize): void {
  map<Erf>(n, 0, 0, x, out);
}

class Tanh extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return inline.always(tanh4(x));
  }
}
export function f32_tanh(n: i32, x: usize, out: usize): void {
  map<Tanh>(n, 0, 0, x, out);
}

class Sigmoid extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return inline.always(sigmoid4(x));
  }
}
export function f32_sigmoid(n: i32, x: usize, out: usize): void {
  map<Sigmoid>(n, 0, 0, x, out);
}

class Gelu extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return flush(f32x4.mul(x, inline.always(normalCumulative4(x, inline.always(gauss4(x))))));
  }
}
/** x (1 + erf(x / sqrt 2)) / 2; error within 2^-22 |x|. */
export function f32_gelu(n: i32, x: usize, out: usize): void {
  map<Gelu>(n, 0, 0, x, out);
}

class GeluTanh extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    // (1 + tanh u) / 2 is sigmoid(2 u), which keeps its relative precision where u is far below 0. 2 sqrt(2 / pi) = 1.5957...
    const cubic = f32x4.add(f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.044715)), f32x4.splat(1));
    const u = f32x4.mul(f32x4.mul(x, f32x4.splat(1.5957691216057308)), cubic);
    return flush(f32x4.mul(x, inline.always(sigmoid4(u))));
  }
}
/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
export function f32_gelu_tanh(n: i32, x: usize, out: usize): void {
  map<GeluTanh>(n, 0, 0, x, out);
}
