// Depthwise convolution by any window: tiles of four vectors, the taps passing by two at a time. V8 moves the loads of a block
// to its front and arithmetic to its end, so that larger tiles or more taps would not stay in registers; and two products are
// added up before they join their sum, which then waits for one addition instead of two.
import { clamp, madd } from '../simd';

/** Where the four vectors of a tile lie; `step` is from row to row in bytes. */
abstract class Tile {
  abstract rows(): i32;
  abstract columns(): i32;
  abstract load1(at: usize, step: usize): v128;
  abstract load2(at: usize, step: usize): v128;
  abstract load3(at: usize, step: usize): v128;
  abstract store1(at: usize, step: usize, v: v128): void;
  abstract store2(at: usize, step: usize, v: v128): void;
  abstract store3(at: usize, step: usize, v: v128): void;
}

export class Tile1x16 extends Tile {
  rows(): i32 {
    return 1;
  }
  columns(): i32 {
    return 16;
  }
  load1(at: usize, _step: usize): v128 {
    return v128.load(at, 16);
  }
  load2(at: usize, _step: usize): v128 {
    return v128.load(at, 32);
  }
  load3(at: usize, _step: usize): v128 {
    return v128.load(at, 48);
  }
  store1(at: usize, _step: usize, v: v128): void {
    v128.store(at, v, 16);
  }
  store2(at: usize, _step: usize, v: v128): void {
    v128.store(at, v, 32);
  }
  store3(at: usize, _step: usize, v: v128): void {
    v128.store(at, v, 48);
  }
}

export class Tile2x8 extends Tile {
  rows(): i32 {
    return 2;
  }
  columns(): i32 {
    return 8;
  }
  load1(at: usize, _step: usize): v128 {
    return v128.load(at, 16);
  }
  load2(at: usize, step: usize): v128 {
    return v128.load(at + step);
  }
  load3(at: usize, step: usize): v128 {
    return v128.load(at + step, 16);
  }
  store1(at: usize, _step: usize, v: v128): void {
    v128.store(at, v, 16);
  }
  store2(at: usize, step: usize, v: v128): void {
    v128.store(at + step, v);
  }
  store3(at: usize, step: usize, v: v128): void {
    v128.store(at + step, v, 16);
  }
}

export class Tile4x4 extends Tile {
  rows(): i32 {
    return 4;
  }
  columns(): i32 {
    return 4;
  }
  load1(at: usize, step: usize): v128 {
    return v128.load(at + step);
  }
  load2(at: usize, step: usize): v128 {
    return v128.load(at + 2 * step);
  }
  load3(at: usize, step: usize): v128 {
    return v128.load(at + 3 * step);
  }
  store1(at: usize, step: usize, v: v128): void {
    v128.store(at + step, v);
  }
  store2(at: usize, step: usize, v: v128): void {
    v128.store(at + 2 * step, v);
  }
  store3(at: usize, step: usize, v: v128): void {
    v128.store(at + 3 * step, v);
  }
}

/** Elements that tiles of this kind compute for an output of so many rows and columns. */
export function covered(tileRows: i32, tileColumns: i32, rows: i32, columns: i32): i32 {
  return ((rows + tileRows - 1) / tileRows) * ((columns + tileColumns - 1) / tileColumns) * tileRows * tileColumns;
}

/**
 * taps: pairs [weight f32, offset u32], the offset in bytes from the first input of an output; stepBytes from the input row of
 * an output row to the next. The output has at least the rows and columns of a tile; the last ones move back so as to be whole.
 */
export function tiles<T extends Tile>(
  taps: i32,
  pairs: usize,
  start: v128,
  low: v128,
  high: v128,
  plane: usize,
  stepBytes: usize,
  rows: i32,
  columns: i32,
  out: usize,
): void {
  const outBytes = (<usize>columns) << 2;
  const height = inline.always(changetype<T>(0).rows()),
    width = inline.always(changetype<T>(0).columns());
  const end = pairs + ((<usize>taps) << 3),
    even = end - ((<usize>(taps & 1)) << 3);
  for (let y = 0; y < rows; y += height) {
    const row = <usize>min<i32>(y, rows - height);
    for (let x = 0; x < columns; x += width) {
      const column = (<usize>min<i32>(x, columns - width)) << 2;
      const from = plane + row * stepBytes + column;
      let s0 = start,
        s1 = start,
        s2 = start,
        s3 = start;
      let tap = pairs;
      while (tap !== even) {
        const v = v128.load32_splat(tap);
        const w = v128.load32_splat(tap + 8);
        const a = from + load<u32>(tap, 4);
        const b = from + load<u32>(tap, 12);
        s0 = f32x4.add(s0, madd(w, v128.load(b), f32x4.mul(v, v128.load(a))));
        const a1 = inline.always(changetype<T>(0).load1(a, stepBytes));
        const b1 = inline.always(changetype<T>(0).load1(b, stepBytes));
        s1 = f32x4.add(s1, madd(w, b1, f32x4.mul(v, a1)));
        const a2 = inline.always(changetype<T>(0).load2(a, stepBytes));
        const b2 = inline.always(changetype<T>(0).load2(b, stepBytes));
        s2 = f32x4.add(s2, madd(w, b2, f32x4.mul(v, a2)));
        const a3 = inline.always(changetype<T>(0).load3(a, stepBytes));
        const b3 = inline.always(changetype<T>(0).load3(b, stepBytes));
        s3 = f32x4.add(s3, madd(w, b3, f32x4.mul(v, a3)));
        tap += 16;
      }
      if (tap !== end) {
        const v = v128.load32_splat(tap);
        const a = from + load<u32>(tap, 4);
        s0 = madd(v, v128.load(a), s0);
        s1 = madd(v, inline.always(changetype<T>(0).load1(a, stepBytes)), s1);
        s2 = madd(v, inline.always(changetype<T>(0).load2(a, stepBytes)), s2);
        s3 = madd(v, inline.always(changetype<T>(0).load3(a, stepBytes)), s3);
      }
      const to = out + row * outBytes + column;
      v128.store(to, clamp(s0, low, high));
      inline.always(changetype<T>(0).store1(to, outBytes, clamp(s1, low, high)));
      inline.always(changetype<T>(0).store2(to, outBytes, clamp(s2, low, high)));
      inline.always(changetype<T>(0).store3(to, outBytes, clamp(s3, low, high)));
    }
  }
}
