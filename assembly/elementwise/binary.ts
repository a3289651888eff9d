// out = a op b with broadcasting. The geometry is a table of i32:
//
//     [dims: rank][strides of a: rank][strides of b: rank]     in elements; 0 repeats; any other stride, negative too
//
// out is contiguous. The caller merges axes, so that the innermost one is as long as can be.
import { bytes4, loadPart, storePart } from './lanes';
import { powScalar, sqrtPower } from './pow';

abstract class Binary {
  abstract apply(a: v128, b: v128): v128;
}

/** One innermost axis. The strides (1, 1), (1, 0) and (0, 1) are vectors; the rest goes element by element. */
function row<T extends Binary>(n: i32, aStride: i32, bStride: i32, a: usize, b: usize, out: usize): void {
  const aPlain = aStride === 1 || (aStride === 0 && bStride === 1);
  const bPlain = bStride === 1 || (bStride === 0 && aStride === 1);
  if (aPlain && bPlain) {
    // A repeated operand moves by 0 bytes and is loaded as a splat; the branch is the same all along the row.
    if (aStride === 0) {
      const v = v128.load32_splat(a);
      for (let left = n; left > 0; left -= 4) {
        if (left >= 4) v128.store(out, inline.always(changetype<T>(0).apply(v, v128.load(b))));
        else storePart(out, left, inline.always(changetype<T>(0).apply(v, loadPart(b, left))));
        b += 16;
        out += 16;
      }
      return;
    }
    if (bStride === 0) {
      const v = v128.load32_splat(b);
      for (let left = n; left > 0; left -= 4) {
        if (left >= 4) v128.store(out, inline.always(changetype<T>(0).apply(v128.load(a), v)));
        else storePart(out, left, inline.always(changetype<T>(0).apply(loadPart(a, left), v)));
        a += 16;
        out += 16;
      }
      return;
    }
    let left = n;
    for (; left >= 8; left -= 8) {
      const a0 = v128.load(a);
      const b0 = v128.load(b);
      const a1 = v128.load(a, 16);
      const b1 = v128.load(b, 16);
      v128.store(out, inline.always(changetype<T>(0).apply(a0, b0)));
      v128.store(out, inline.always(changetype<T>(0).apply(a1, b1)), 16);
      a += 32;
      b += 32;
      out += 32;
    }
    if (left >= 4) {
      v128.store(out, inline.always(changetype<T>(0).apply(v128.load(a), v128.load(b))));
      a += 16;
      b += 16;
      out += 16;
      left -= 4;
    }
    if (left > 0) {
      storePart(out, left, inline.always(changetype<T>(0).apply(loadPart(a, left), loadPart(b, left))));
    }
    return;
  }
  const aBytes = bytes4(aStride);
  const bBytes = bytes4(bStride);
  for (let i = 0; i < n; i++) {
    const y = inline.always(changetype<T>(0).apply(v128.load32_zero(a), v128.load32_zero(b)));
    v128.store32_lane(out, y, 0);
    a += aBytes;
    b += bBytes;
    out += 4;
  }
}

/** Walks `left` axes of a table with `pitch` bytes between its rows; returns the address behind what it wrote. */
function walk<T extends Binary>(left: i32, pitch: usize, axis: usize, a: usize, b: usize, out: usize): usize {
  const n = load<i32>(axis);
  const aStride = load<i32>(axis + pitch);
  const bStride = load<i32>(axis + 2 * pitch);
  if (left === 1) {
    row<T>(n, aStride, bStride, a, b, out);
    return out + bytes4(n);
  }
  for (let i = 0; i < n; i++) {
    out = walk<T>(left - 1, pitch, axis + 4, a, b, out);
    a += bytes4(aStride);
    b += bytes4(bStride);
  }
  return out;
}

class Add extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
export function f32_add(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Add>(rank, bytes4(rank), geometry, a, b, out);
}

class Sub extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}
export function f32_sub(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Sub>(rank, bytes4(rank), geometry, a, b, out);
}

class Mul extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
export function f32_mul(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Mul>(rank, bytes4(rank), geometry, a, b, out);
}

class Div extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}
export function f32_div(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Div>(rank, bytes4(rank), geometry, a, b, out);
}

class Max extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}
/** NaN where either is NaN. */
export function f32_max(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Max>(rank, bytes4(rank), geometry, a, b, out);
}

class Min extends Binary {
  apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}
/** NaN where either is NaN. */
export function f32_min(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  walk<Min>(rank, bytes4(rank), geometry, a, b, out);
}

class Prelu extends Binary {
  apply(x: v128, slope: v128): v128 {
    return v128.bitselect(f32x4.mul(x, slope), x, f32x4.lt(x, f32x4.splat(0)));
  }
}
/** x < 0 ? slope x : x */
export function f32_prelu(rank: i32, geometry: usize, x: usize, slope: usize, out: usize): void {
  walk<Prelu>(rank, bytes4(rank), geometry, x, slope, out);
}

class Square extends Binary {
  apply(a: v128, _b: v128): v128 {
    return f32x4.mul(a, a);
  }
}

class Root extends Binary {
  apply(a: v128, _b: v128): v128 {
    return sqrtPower(a);
  }
}

function powRow(n: i32, aStride: i32, bStride: i32, a: usize, b: usize, out: usize): void {
  // One exponent for the whole row is the usual case, and usually 2 or 1/2.
  if (aStride === 1 && bStride === 0) {
    const exponent = load<f32>(b);
    if (exponent === 2) {
      row<Square>(n, 1, 0, a, b, out);
      return;
    }
    if (exponent === 0.5) {
      row<Root>(n, 1, 0, a, b, out);
      return;
    }
  }
  for (let i = 0; i < n; i++) {
    store<f32>(out, powScalar(load<f32>(a), load<f32>(b)));
    a += bytes4(aStride);
    b += bytes4(bStride);
    out += 4;
  }
}

function powWalk(left: i32, pitch: usize, axis: usize, a: usize, b: usize, out: usize): usize {
  const n = load<i32>(axis);
  const aStride = load<i32>(axis + pitch);
  const bStride = load<i32>(axis + 2 * pitch);
  if (left === 1) {
    powRow(n, aStride, bStride, a, b, out);
    return out + bytes4(n);
  }
  for (let i = 0; i < n; i++) {
    out = powWalk(left - 1, pitch, axis + 4, a, b, out);
    a += bytes4(aStride);
    b += bytes4(bStride);
  }
  return out;
}

/** a to the power b as IEEE 754 says it, within 1 ulp. */
export function f32_pow(rank: i32, geometry: usize, a: usize, b: usize, out: usize): void {
  powWalk(rank, bytes4(rank), geometry, a, b, out);
}
