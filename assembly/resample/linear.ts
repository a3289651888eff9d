// Bilinear interpolation of planes [h][w]. Between which rows and columns each output lies, and how far, is in a table:
//
//     [row: oh][next row: oh][part of the next: oh, f32][column: ow][next column: ow][part of the next: ow, f32]     i32

import { bytes4 } from '../elementwise/lanes';
import { madd } from '../simd';

/** a + (b - a) * part */
function between(a: v128, b: v128, part: v128): v128 {
  return madd(f32x4.sub(b, a), part, a);
}

function gather(at: usize, x: usize): v128 {
  let v = v128.load32_zero(x + bytes4(load<i32>(at)));
  v = v128.load32_lane(x + bytes4(load<i32>(at, 4)), v, 1);
  v = v128.load32_lane(x + bytes4(load<i32>(at, 8)), v, 2);
  return v128.load32_lane(x + bytes4(load<i32>(at, 12)), v, 3);
}

/** One row of x at the columns of the result. */
function across(ow: i32, columns: usize, x: usize, out: usize): void {
  const pitch = bytes4(ow);
  let i = 0;
  for (; i + 4 <= ow; i += 4) {
    const at = columns + bytes4(i);
    v128.store(out + bytes4(i), between(gather(at, x), gather(at + pitch, x), v128.load(at + 2 * pitch)));
  }
  for (; i < ow; i++) {
    const at = columns + bytes4(i);
    const a = load<f32>(x + bytes4(load<i32>(at)));
    const b = load<f32>(x + bytes4(load<i32>(at + pitch)));
    store<f32>(out + bytes4(i), a + (b - a) * load<f32>(at + 2 * pitch));
  }
}

/** Two such rows and what lies between them. */
function blend(ow: i32, part: f32, a: usize, b: usize, out: usize): void {
  const parts = f32x4.splat(part);
  let i = 0;
  for (; i + 4 <= ow; i += 4) {
    const at = bytes4(i);
    v128.store(out + at, between(v128.load(a + at), v128.load(b + at), parts));
  }
  for (; i < ow; i++) {
    const at = bytes4(i);
    const x = load<f32>(a + at);
    store<f32>(out + at, x + (load<f32>(b + at) - x) * part);
  }
}

/** Scratch: two rows of the result, in which rows of x are kept until both their neighbours have been. */
export function f32_resize_linear(
  planes: i32,
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  table: usize,
  scratch: usize,
  x: usize,
  out: usize,
): void {
  const columns = table + bytes4(3 * oh);
  const length = bytes4(ow);
  for (let plane = 0; plane < planes; plane++) {
    // Row r is kept in slot r % 2: neighbours never in the same.
    let even = -1;
    let odd = -1;
    for (let oy = 0; oy < oh; oy++) {
      const at = table + bytes4(oy);
      const first = load<i32>(at);
      const next = load<i32>(at + bytes4(oh));
      for (let k = 0; k < 2; k++) {
        const row = k === 0 ? first : next;
        const isOdd = row & 1;
        if ((isOdd ? odd : even) === row) continue;
        across(ow, columns, x + bytes4(row) * <usize>w, isOdd ? scratch + length : scratch);
        if (isOdd) odd = row;
        else even = row;
      }
      const a = first & 1 ? scratch + length : scratch;
      const b = next & 1 ? scratch + length : scratch;
      blend(ow, load<f32>(at + bytes4(2 * oh)), a, b, out);
      out += length;
    }
    x += bytes4(h) * <usize>w;
  }
}
