// What follows a matrix product, in place, on the part of its result that has just been written:
//
//     out = after(before(out) + residual)
//
// before and after are functions by number: NONE, CLIP to [lo, hi], or one of the others. The bits are those of the
// functions of unary.ts and of an addition, each run on its own.
import { bytes4, loadPart, storePart } from './lanes';
import { f32_clip, f32_gelu, f32_gelu_tanh, f32_hard_swish, f32_sigmoid, f32_tanh } from './unary';

// The numbers are those of src/kernels/epilogue.ts.
const CLIP: i32 = 1;
const GELU: i32 = 2;
const GELU_TANH: i32 = 3;
const HARD_SWISH: i32 = 4;
const SIGMOID: i32 = 5;
const TANH: i32 = 6;

function apply(code: i32, n: i32, lo: f32, hi: f32, x: usize): void {
  if (code === CLIP) f32_clip(n, lo, hi, x, x);
  else if (code === GELU) f32_gelu(n, x, x);
  else if (code === GELU_TANH) f32_gelu_tanh(n, x, x);
  else if (code === HARD_SWISH) f32_hard_swish(n, x, x);
  else if (code === SIGMOID) f32_sigmoid(n, x, x);
  else if (code === TANH) f32_tanh(n, x, x);
}

/** out += x */
function add(n: i32, x: usize, out: usize): void {
  let left = n;
  for (; left >= 8; left -= 8) {
    const v0 = f32x4.add(v128.load(out), v128.load(x));
    const v1 = f32x4.add(v128.load(out, 16), v128.load(x, 16));
    v128.store(out, v0);
    v128.store(out, v1, 16);
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    if (left >= 4) v128.store(out, f32x4.add(v128.load(out), v128.load(x)));
    else storePart(out, left, f32x4.add(loadPart(out, left), loadPart(x, left)));
    x += 16;
    out += 16;
  }
}

/** Floats that pass through all three before the next: they stay in the first cache. */
const CHUNK: i32 = 2048;

/** `rows` rows of n floats, `row` floats apart in out and residual; residual = 0 adds nothing. */
export function f32_epilogue(
  rows: i32,
  n: i32,
  row: i32,
  before: i32,
  residual: usize,
  after: i32,
  lo: f32,
  hi: f32,
  out: usize,
): void {
  if (row === n) {
    n *= rows;
    rows = 1;
  }
  for (let i = 0; i < rows; i++) {
    for (let at = 0; at < n; at += CHUNK) {
      const count = min<i32>(CHUNK, n - at);
      const place = bytes4(at);
      apply(before, count, lo, hi, out + place);
      if (residual) add(count, residual + place, out + place);
      apply(after, count, lo, hi, out + place);
    }
    out += bytes4(row);
    if (residual) residual += bytes4(row);
  }
}
