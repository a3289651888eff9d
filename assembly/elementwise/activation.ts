// Activations y = f(x) for n floats. x and out may be the same address. Results of smooth ones are never denormal.
import { flush } from '../simd';
import { map, mapWide, Unary } from './map';
import { exp4, expm1_4, log4, sigmoid4 } from './math';

class HardSigmoid extends Unary {
  apply(x: v128, alpha: v128, beta: v128): v128 {
    const line = f32x4.add(f32x4.mul(x, alpha), beta);
    return f32x4.pmin(f32x4.pmax(line, f32x4.splat(0)), f32x4.splat(1));
  }
}
/** min(max(alpha x + beta, 0), 1); NaN stays NaN. */
export function f32_hard_sigmoid(n: i32, alpha: f32, beta: f32, x: usize, out: usize): void {
  mapWide<HardSigmoid>(n, alpha, beta, x, out);
}

class ThresholdedRelu extends Unary {
  apply(x: v128, alpha: v128, _q: v128): v128 {
    return v128.and(x, f32x4.gt(x, alpha));
  }
}
/** x > alpha ? x : 0, also for NaN. */
export function f32_thresholded_relu(n: i32, alpha: f32, x: usize, out: usize): void {
  mapWide<ThresholdedRelu>(n, alpha, 0, x, out);
}

class Elu extends Unary {
  apply(x: v128, alpha: v128, _q: v128): v128 {
    const zero = f32x4.splat(0);
    const below = f32x4.mul(alpha, inline.always(expm1_4(f32x4.min(x, zero))));
    return v128.bitselect(flush(below), x, f32x4.lt(x, zero));
  }
}
/** x < 0 ? alpha (e^x - 1) : x */
export function f32_elu(n: i32, alpha: f32, x: usize, out: usize): void {
  map<Elu>(n, alpha, 0, x, out);
}

class Selu extends Unary {
  apply(x: v128, alpha: v128, gamma: v128): v128 {
    const zero = f32x4.splat(0);
    const below = f32x4.mul(alpha, inline.always(expm1_4(f32x4.min(x, zero))));
    return flush(f32x4.mul(gamma, v128.bitselect(x, below, f32x4.gt(x, zero))));
  }
}
/** gamma (x > 0 ? x : alpha (e^x - 1)) */
export function f32_selu(n: i32, alpha: f32, gamma: f32, x: usize, out: usize): void {
  map<Selu>(n, alpha, gamma, x, out);
}

class Softplus extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    // log(1 + z) = log(u) z / (u - 1) with u = 1 + z as it was rounded: what rounding took off, the quotient gives back.
    const one = f32x4.splat(1);
    const z = inline.always(exp4(f32x4.neg(f32x4.abs(x))));
    const u = f32x4.add(z, one);
    const scaled = f32x4.mul(inline.always(log4(u)), f32x4.div(z, f32x4.sub(u, one)));
    const log = v128.bitselect(z, scaled, f32x4.eq(u, one));
    return f32x4.add(f32x4.max(x, f32x4.splat(0)), log);
  }
}
/** log(1 + e^x) */
export function f32_softplus(n: i32, x: usize, out: usize): void {
  map<Softplus>(n, 0, 0, x, out);
}

class Softsign extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.abs(x), f32x4.splat(1)));
  }
}
/** x / (1 + |x|) */
export function f32_softsign(n: i32, x: usize, out: usize): void {
  map<Softsign>(n, 0, 0, x, out);
}

class Mish extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    // tanh(log(1 + z)) = (z^2 + 2 z) / (z^2 + 2 z + 2) with z = e^x; from e^20 on it is 1.
    const z = inline.always(exp4(f32x4.min(x, f32x4.splat(20))));
    const top = f32x4.mul(z, f32x4.add(z, f32x4.splat(2)));
    return flush(f32x4.mul(x, f32x4.div(top, f32x4.add(top, f32x4.splat(2)))));
  }
}
/** x tanh(log(1 + e^x)) */
export function f32_mish(n: i32, x: usize, out: usize): void {
  map<Mish>(n, 0, 0, x, out);
}

class Swish extends Unary {
  apply(x: v128, alpha: v128, _q: v128): v128 {
    return flush(f32x4.mul(x, inline.always(sigmoid4(f32x4.mul(x, alpha)))));
  }
}
/** x / (1 + e^(-alpha x)) */
export function f32_swish(n: i32, alpha: f32, x: usize, out: usize): void {
  map<Swish>(n, alpha, 0, x, out);
}

class Floor extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.floor(x);
  }
}
export function f32_floor(n: i32, x: usize, out: usize): void {
  mapWide<Floor>(n, 0, 0, x, out);
}

class Ceil extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.ceil(x);
  }
}
export function f32_ceil(n: i32, x: usize, out: usize): void {
  mapWide<Ceil>(n, 0, 0, x, out);
}

class Round extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    return f32x4.nearest(x);
  }
}
/** To the nearest whole number, halves to the even one. */
export function f32_round(n: i32, x: usize, out: usize): void {
  mapWide<Round>(n, 0, 0, x, out);
}

class Half extends Unary {
  apply(x: v128, _p: v128, _q: v128): v128 {
    // Half of the last bit that stays, less one if that bit is even, is added before the 13 bits behind it are cut off.
    const magnitude = f32x4.abs(x);
    const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
    const carried = i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff)), odd);
    const normal = v128.and(carried, i32x4.splat(~0x1fff));
    // Below 2^-14 the step is 2^-24, the last bit of numbers around 3/4.
    const around = f32x4.splat(0.75);
    const small = f32x4.sub(f32x4.add(magnitude, around), around);
    let y = v128.bitselect(small, normal, f32x4.lt(magnitude, f32x4.splat(6.103515625e-5)));
    y = v128.bitselect(f32x4.splat(Infinity), y, f32x4.ge(magnitude, f32x4.splat(65520)));
    y = v128.bitselect(x, y, i32x4.splat(0x80000000));
    return v128.bitselect(y, x, f32x4.eq(x, x));
  }
}
/** The nearest number that half precision can hold: 11 significant bits, 2^-24 to 65504. */
export function f32_half(n: i32, x: usize, out: usize): void {
  map<Half>(n, 0, 0, x, out);
}
