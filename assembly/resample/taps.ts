// One axis of any resampling, and of its gradient: every output is a sum of inputs with weights.
//
//     [start of each output's taps, and the end: to + 1][position of each tap: i32][weight of each tap: f32]

import { bytes4 } from '../elementwise/lanes';
import { madd } from '../simd';

/** x [outer][from][inner] to out [outer][to][inner]; `taps` is how many there are in all. */
export function f32_resample(
  outer: i32,
  from: i32,
  to: i32,
  inner: i32,
  taps: i32,
  table: usize,
  x: usize,
  out: usize,
): void {
  const positions = table + bytes4(to + 1);
  const weights = positions + bytes4(taps);
  const pitch = bytes4(inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const first = load<i32>(table + bytes4(i));
      const end = load<i32>(table + bytes4(i), 4);
      let j = 0;
      for (; j + 4 <= inner; j += 4) {
        let sum = f32x4.splat(0);
        for (let k = first; k < end; k++) {
          const at = x + pitch * <usize>load<i32>(positions + bytes4(k)) + bytes4(j);
          sum = madd(v128.load(at), v128.load32_splat(weights + bytes4(k)), sum);
        }
        v128.store(out + bytes4(j), sum);
      }
      for (; j < inner; j++) {
        let sum: f32 = 0;
        for (let k = first; k < end; k++) {
          const at = x + pitch * <usize>load<i32>(positions + bytes4(k)) + bytes4(j);
          sum += load<f32>(at) * load<f32>(weights + bytes4(k));
        }
        store<f32>(out + bytes4(j), sum);
      }
      out += pitch;
    }
    x += pitch * <usize>from;
  }
}
