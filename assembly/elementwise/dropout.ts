// Dropout without state: whether element i stays is a hash of (seed, salt, i), so that the gradient makes the same choice again.
//
//     mix(z): z ^= z >>> 16; z *= 0x21f0aaad; z ^= z >>> 15; z *= 0x735a2d97; z ^= z >>> 15        (modulo 2^32)
//     hash(seed, salt, i) = mix(mix(seed ^ mix(salt + 0x9e3779b9)) + i * 0x9e3779b9)
//
// core/random.ts has the same formula as hash32.
import { loadPart, storePart } from './lanes';

function mix(z: u32): u32 {
  z = (z ^ (z >>> 16)) * 0x21f0aaad;
  z = (z ^ (z >>> 15)) * 0x735a2d97;
  return z ^ (z >>> 15);
}

function mix4(z: v128): v128 {
  z = i32x4.mul(v128.xor(z, i32x4.shr_u(z, 16)), i32x4.splat(0x21f0aaad));
  z = i32x4.mul(v128.xor(z, i32x4.shr_u(z, 15)), i32x4.splat(0x735a2d97));
  return v128.xor(z, i32x4.shr_u(z, 15));
}

/** out = hash / 2^32 >= rate ? x / (1 - rate) : 0, also for NaN. `seed` is the address of an i32. */
export function f32_dropout(n: i32, rate: f64, seed: usize, salt: i32, x: usize, out: usize): void {
  if (rate >= 1) {
    memory.fill(out, 0, (<usize>n) << 2);
    return;
  }
  const key = mix(load<u32>(seed) ^ mix(<u32>salt + 0x9e3779b9));
  const threshold = i32x4.splat(<u32>ceil<f64>(max<f64>(rate, 0) * 4294967296.0));
  const scale = f32x4.splat(<f32>(1 / (1 - rate)));
  let counter = i32x4.add(i32x4.splat(key), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(0x9e3779b9)));
  for (let left = n; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    const y = v128.and(f32x4.mul(v, scale), i32x4.ge_u(mix4(counter), threshold));
    if (left >= 4) v128.store(out, y);
    else storePart(out, left, y);
    counter = i32x4.add(counter, i32x4.splat(4 * 0x9e3779b9));
    x += 16;
    out += 16;
  }
}
