// n times the same element.

function fill4(n: i32, v: v128, out: usize): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(out, v);
    out += 16;
  }
  for (; left > 0; left--) {
    v128.store32_lane(out, v, 0);
    out += 4;
  }
}

export function f32_fill(n: i32, value: f32, out: usize): void {
  fill4(n, f32x4.splat(value), out);
}

export function i32_fill(n: i32, value: i32, out: usize): void {
  fill4(n, i32x4.splat(value), out);
}

/** The low byte of `value`. */
export function fill_1(n: i32, value: i32, out: usize): void {
  memory.fill(out, <u8>value, <usize>n);
}

/** Elements of eight bytes from their two halves. */
export function fill_8(n: i32, low: i32, high: i32, out: usize): void {
  const value = ((<u64>(<u32>high)) << 32) | <u64>(<u32>low);
  for (let i = 0; i < n; i++) {
    store<u64>(out, value);
    out += 8;
  }
}
