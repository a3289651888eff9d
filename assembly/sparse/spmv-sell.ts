// Unstructured sparse weight times one column, four rows at a time: SELL-4-σ64 without padding.
//
//     rows of a window of 64, longest first, in slices of four:     the entries of a slice, values and columns alike:
//
//     row 9   ■ ■ ■ ■ ■ ■ ■                                          a0 b0 c0 d0 | a1 b1 c1 d1 | ...   shared by all four
//     row 2   ■ ■ ■ ■ ■ ■          shared = 5, what the              a5 a6 | b5 | d5                   rest, row by row
//     row 31  ■ ■ ■ ■ ■            shortest has
//     row 4   ■ ■ ■ ■ ■ ■
//
//     header of a slice, 10 words:   start | shared | row, rest | row, rest | row, rest | row, rest
//
// `start` counts entries from the beginning of `values` and `columns`; columns are u16. A row that is not there (the last
// slice may be short) is 0xffffffff; shared is 0 then. Neighbours in a window are nearly equally long: little is left over.
import { clamp_1, madd } from '../simd';

const HEADER: usize = 40;

/** The bias, what the four did not share, the clamp. */
function finish_row(
  header: usize,
  sum: f32,
  v: usize,
  o: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  out: usize,
): void {
  const row = load<u32>(header);
  if (row === u32.MAX_VALUE) return;
  const at = (<usize>row) << 2;
  if (bias) sum += load<f32>(bias + at);
  for (let left = load<u32>(header, 4); left > 0; left--) {
    sum += load<f32>(v) * load<f32>(x + ((<usize>load<u16>(o)) << 2));
    v += 4;
    o += 2;
  }
  store<f32>(out + at, clamp_1(sum, lo, hi));
}

/** Four elements of x, by their columns. */
function pick(x: usize, o: usize): v128 {
  let picked = v128.load_zero<u32>(x + ((<usize>load<u16>(o)) << 2));
  picked = v128.load_lane<u32>(x + ((<usize>load<u16>(o, 2)) << 2), picked, 1);
  picked = v128.load_lane<u32>(x + ((<usize>load<u16>(o, 4)) << 2), picked, 2);
  return v128.load_lane<u32>(x + ((<usize>load<u16>(o, 6)) << 2), picked, 3);
}

/** out[row] = min(max(Σ value * x[column] + bias[row], lo), hi) for the rows of `slices` slices. bias may be 0. */
export function f32_spmv_sell_4(
  slices: i32,
  headers: usize,
  columns: usize,
  values: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  x: usize,
  out: usize,
): void {
  for (let slice = 0; slice < slices; slice++) {
    const start = <usize>load<u32>(headers),
      shared = <usize>load<u32>(headers, 4);
    let v = values + (start << 2),
      o = columns + (start << 1);
    const end = v + (shared << 4);
    let s0 = f32x4.splat(0),
      s1 = s0;
    if (shared & 1) {
      s1 = madd(v128.load(v), pick(x, o), s1);
      v += 16;
      o += 8;
    }
    while (v !== end) {
      s0 = madd(v128.load(v), pick(x, o), s0);
      s1 = madd(v128.load(v, 16), pick(x, o + 8), s1);
      v += 32;
      o += 16;
    }
    s0 = f32x4.add(s0, s1);
    finish_row(headers + 8, f32x4.extract_lane(s0, 0), v, o, bias, lo, hi, x, out);
    let rest = <usize>load<u32>(headers, 12);
    v += rest << 2;
    o += rest << 1;
    finish_row(headers + 16, f32x4.extract_lane(s0, 1), v, o, bias, lo, hi, x, out);
    rest = <usize>load<u32>(headers, 20);
    v += rest << 2;
    o += rest << 1;
    finish_row(headers + 24, f32x4.extract_lane(s0, 2), v, o, bias, lo, hi, x, out);
    rest = <usize>load<u32>(headers, 28);
    v += rest << 2;
    o += rest << 1;
    finish_row(headers + 32, f32x4.extract_lane(s0, 3), v, o, bias, lo, hi, x, out);
    headers += HEADER;
  }
}
