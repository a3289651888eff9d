// Between element types. Float to integer truncates towards zero, saturates, and turns NaN into 0. bool is a byte, 0 or 1.
import { loadPart, storePart } from './lanes';

export function cast_f32_i32(n: i32, x: usize, out: usize): void {
  for (let left = n; left > 0; left -= 4) {
    if (left >= 4) v128.store(out, i32x4.trunc_sat_f32x4_s(v128.load(x)));
    else storePart(out, left, i32x4.trunc_sat_f32x4_s(loadPart(x, left)));
    x += 16;
    out += 16;
  }
}

export function cast_i32_f32(n: i32, x: usize, out: usize): void {
  for (let left = n; left > 0; left -= 4) {
    if (left >= 4) v128.store(out, f32x4.convert_i32x4_s(v128.load(x)));
    else storePart(out, left, f32x4.convert_i32x4_s(loadPart(x, left)));
    x += 16;
    out += 16;
  }
}

export function cast_bool_f32(n: i32, x: usize, out: usize): void {
  for (const end = x + <usize>n; x < end; x++) {
    store<f32>(out, load<u8>(x) !== 0 ? 1 : 0);
    out += 4;
  }
}

/** NaN is not 0, so it becomes true. */
export function cast_f32_bool(n: i32, x: usize, out: usize): void {
  for (const end = out + <usize>n; out < end; out++) {
    store<u8>(out, load<f32>(x) !== 0 ? 1 : 0);
    x += 4;
  }
}

export function cast_i64_f32(n: i32, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<f32>(out, <f32>load<i64>(x));
    x += 8;
    out += 4;
  }
}

export function cast_f32_i64(n: i32, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<i64>(out, <i64>load<f32>(x));
    x += 4;
    out += 8;
  }
}

export function cast_i32_i64(n: i32, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<i64>(out, <i64>load<i32>(x));
    x += 4;
    out += 8;
  }
}

/** Keeps the low 32 bits. */
export function cast_i64_i32(n: i32, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<i32>(out, <i32>load<i64>(x));
    x += 8;
    out += 4;
  }
}
