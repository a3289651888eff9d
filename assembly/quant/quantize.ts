// Floats to 8-bit numbers and back. x seen as [outer][channels][inner] with a scale, and a zero point, for each channel.
import { bytes4, loadPart } from '../elementwise/lanes';

/** A byte as a number. */
export function byteAt(p: usize, signed: i32): i32 {
  return signed ? <i32>load<i8>(p) : <i32>load<u8>(p);
}

/** Four floats to whole numbers: nearest, halves to even, plus zero, cut to 8 bits. NaN becomes zero itself. */
export function quantized4(x: v128, zero: i32, signed: i32): v128 {
  const lowest: i32 = signed ? -128 : 0;
  const low = <f32>(lowest - zero);
  const cut = f32x4.min(f32x4.max(f32x4.nearest(x), f32x4.splat(low)), f32x4.splat(low + 255));
  return i32x4.add(i32x4.trunc_sat_f32x4_s(cut), i32x4.splat(zero));
}

/** The lowest bytes of four i32, side by side. */
export function storeBytes(p: usize, v: v128, count: i32): void {
  // Lanes hold 8-bit numbers of either sign: their first bytes are what is stored.
  const bytes = i8x16.shuffle(v, v, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  if (count >= 4) {
    v128.store32_lane(p, bytes, 0);
    return;
  }
  store<u8>(p, <u8>i8x16.extract_lane_u(bytes, 0));
  if (count > 1) store<u8>(p, <u8>i8x16.extract_lane_u(bytes, 1), 1);
  if (count > 2) store<u8>(p, <u8>i8x16.extract_lane_u(bytes, 2), 2);
}

function quantizeRun(n: i32, scale: f32, zero: i32, signed: i32, x: usize, out: usize): void {
  const s = f32x4.splat(scale);
  for (let left = n; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    storeBytes(out, quantized4(f32x4.div(v, s), zero, signed), left);
    x += 16;
    out += 4;
  }
}

/** zero 0: none. */
export function f32_quantize(
  outer: i32,
  channels: i32,
  inner: i32,
  signed: i32,
  x: usize,
  scale: usize,
  zero: usize,
  out: usize,
): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      quantizeRun(inner, load<f32>(scale + bytes4(c)), zero ? byteAt(zero + c, signed) : 0, signed, x, out);
      x += bytes4(inner);
      out += inner;
    }
  }
}

/** The scale and zero point that bring all numbers, and 0, into a byte: scale 1 for nothing but zeros. */
export function f32_dynamic_quantize(n: i32, x: usize, out: usize, scale: usize, zero: usize): void {
  let low = f32x4.splat(0);
  let high = low;
  let p = x;
  for (let left = n; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(p) : loadPart(p, left);
    low = f32x4.min(low, v);
    high = f32x4.max(high, v);
    p += 16;
  }
  let least: f32 = min<f32>(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
  least = min<f32>(least, min<f32>(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)));
  let most: f32 = max<f32>(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
  most = max<f32>(most, max<f32>(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)));
  const step: f32 = least === most ? 1 : (most - least) / 255;
  const middle = i32x4.extract_lane(quantized4(f32x4.splat((0 - least) / step), 0, 0), 0);
  store<f32>(scale, step);
  store<u8>(zero, <u8>middle);
  quantizeRun(n, step, middle, 0, x, out);
}

/** kind 0: uint8, 1: int8, 2: int32. zero 0: none. */
export function f32_dequantize(
  outer: i32,
  channels: i32,
  inner: i32,
  kind: i32,
  x: usize,
  scale: usize,
  zero: usize,
  out: usize,
): void {
  const width: usize = kind === 2 ? 4 : 1;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const s = load<f32>(scale + bytes4(c));
      const middle = zero ? (kind === 2 ? load<i32>(zero + bytes4(c)) : byteAt(zero + c, kind)) : 0;
      let left = inner;
      if (kind !== 2) {
        const m = i32x4.splat(middle);
        const factor = f32x4.splat(s);
        for (; left >= 4; left -= 4) {
          const bytes = v128.load32_zero(x);
          const v = kind
            ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
            : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
          v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(v, m)), factor));
          x += 4;
          out += 16;
        }
      }
      for (; left > 0; left--) {
        const v = kind === 2 ? load<i32>(x) : byteAt(x, kind);
        store<f32>(out, <f32>(<i64>v - <i64>middle) * s);
        x += width;
        out += 4;
      }
    }
  }
}
