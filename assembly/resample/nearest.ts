// Nearest neighbours of planes [h][w]. Which row and which column each output shows is in a table:
//
//     [row: oh][column: ow]     i32
import { bytes4 } from '../elementwise/lanes';

/** Every element twice. */
function double(w: i32, x: usize, out: usize): void {
  let i = 0;
  for (; i + 4 <= w; i += 4) {
    const v = v128.load(x + bytes4(i));
    v128.store(out + bytes4(2 * i), i8x16.shuffle(v, v, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7));
    v128.store(
      out + bytes4(2 * i),
      i8x16.shuffle(v, v, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15),
      16,
    );
  }
  for (; i < w; i++) v128.store64_lane(out + bytes4(2 * i), v128.load32_splat(x + bytes4(i)), 0);
}

/** Every element `factor` times; the factor is a multiple of 4. */
function repeat(w: i32, factor: i32, x: usize, out: usize): void {
  for (let i = 0; i < w; i++) {
    const v = v128.load32_splat(x + bytes4(i));
    for (let k = 0; k < factor; k += 4) v128.store(out + bytes4(i * factor + k), v);
  }
}

function pick(ow: i32, columns: usize, x: usize, out: usize): void {
  let i = 0;
  for (; i + 4 <= ow; i += 4) {
    const at = columns + bytes4(i);
    let v = v128.load32_zero(x + bytes4(load<i32>(at)));
    v = v128.load32_lane(x + bytes4(load<i32>(at, 4)), v, 1);
    v = v128.load32_lane(x + bytes4(load<i32>(at, 8)), v, 2);
    v = v128.load32_lane(x + bytes4(load<i32>(at, 12)), v, 3);
    v128.store(out + bytes4(i), v);
  }
  for (; i < ow; i++) store<f32>(out + bytes4(i), load<f32>(x + bytes4(load<i32>(columns + bytes4(i)))));
}

/** `factor`: every column stands in the result so many times, one behind the other; 0: see the table. */
export function f32_resize_nearest(
  planes: i32,
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  factor: i32,
  table: usize,
  x: usize,
  out: usize,
): void {
  const columns = table + bytes4(oh);
  const length = bytes4(ow);
  for (let plane = 0; plane < planes; plane++) {
    let last = -1;
    for (let oy = 0; oy < oh; oy++) {
      const row = load<i32>(table + bytes4(oy));
      const from = x + bytes4(row) * <usize>w;
      if (row === last) memory.copy(out, out - length, length);
      else if (factor === 1) memory.copy(out, from, length);
      else if (factor === 2) double(w, from, out);
      else if (factor > 0 && (factor & 3) === 0) repeat(w, factor, from, out);
      else pick(ow, columns, from, out);
      last = row;
      out += length;
    }
    x += bytes4(h) * <usize>w;
  }
}
