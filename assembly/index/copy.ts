// Copies between two strided views: transpose, slice, concat, split, expand and the inside of a pad are all this. Geometry:
//
//     [dims: rank][strides of x: rank][strides of out: rank]     i32, in elements; 0 in x repeats, negative ones go backwards
//
// The caller orders the axes: innermost the one contiguous in out, beside it the one contiguous in x.

/** Shorter rows are not worth the call behind memory.copy. */
const LONG: usize = 64;

/** One axis. */
function copyRow<T>(n: i32, xStride: i32, outStride: i32, x: usize, out: usize): void {
  if (xStride === 1 && outStride === 1) {
    let bytes = <usize>n * sizeof<T>();
    if (bytes >= LONG) {
      memory.copy(out, x, bytes);
      return;
    }
    for (; bytes >= 8; bytes -= 8) {
      store<u64>(out, load<u64>(x));
      x += 8;
      out += 8;
    }
    for (; bytes > 0; bytes -= sizeof<T>()) {
      store<T>(out, load<T>(x));
      x += sizeof<T>();
      out += sizeof<T>();
    }
    return;
  }
  const xStep = <usize>xStride * sizeof<T>();
  const outStep = <usize>outStride * sizeof<T>();
  for (let i = 0; i < n; i++) {
    store<T>(out, load<T>(x));
    x += xStep;
    out += outStep;
  }
}

function copyWalk<T>(left: i32, pitch: usize, axis: usize, x: usize, out: usize): void {
  const n = load<i32>(axis);
  const xStride = load<i32>(axis + pitch);
  const outStride = load<i32>(axis + 2 * pitch);
  if (left === 1) {
    copyRow<T>(n, xStride, outStride, x, out);
    return;
  }
  if (sizeof<T>() === 4 && left === 2 && xStride === 1 && load<i32>(axis + 2 * pitch + 4) === 1) {
    transpose(n, load<i32>(axis + 4), load<i32>(axis + pitch + 4), outStride, x, out);
    return;
  }
  for (let i = 0; i < n; i++) {
    copyWalk<T>(left - 1, pitch, axis + 4, x, out);
    x += <usize>xStride * sizeof<T>();
    out += <usize>outStride * sizeof<T>();
  }
}

/** Lanes of a and b: a0 b0 a1 b1. */
function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/**
 * out[i][j] = x[j][i] for i < m, j < n; rows of x are xPitch, rows of out outPitch elements apart.
 *
 *     x row j      [i i+1 i+2 i+3]                 out row i      [j j+1 j+2 j+3]
 *     x row j + 1  [ ...         ]    4x4 turns    out row i + 1  [ ...         ]
 *
 * Sixteen columns of x at a time: whole cache lines are read, and sixteen of out stay in the cache until they are full.
 */
function transpose(m: i32, n: i32, xPitch: i32, outPitch: i32, x: usize, out: usize): void {
  const xp = (<usize>xPitch) << 2;
  const op = (<usize>outPitch) << 2;
  const m4 = m & ~3;
  const n4 = n & ~3;
  for (let i0 = 0; i0 < m4; i0 += 16) {
    const i1 = min<i32>(i0 + 16, m4);
    for (let j = 0; j < n4; j += 4) {
      let p = x + <usize>j * xp + ((<usize>i0) << 2);
      let q = out + <usize>i0 * op + ((<usize>j) << 2);
      for (let i = i0; i < i1; i += 4) {
        const r0 = v128.load(p);
        const r1 = v128.load(p + xp);
        const r2 = v128.load(p + 2 * xp);
        const r3 = v128.load(p + 3 * xp);
        const a = interleaveLow(r0, r1);
        const b = interleaveLow(r2, r3);
        const c = interleaveHigh(r0, r1);
        const d = interleaveHigh(r2, r3);
        v128.store(q, lowHalves(a, b));
        v128.store(q + op, highHalves(a, b));
        v128.store(q + 2 * op, lowHalves(c, d));
        v128.store(q + 3 * op, highHalves(c, d));
        p += 16;
        q += 4 * op;
      }
    }
    for (let i = i0; i < i1; i++) {
      copyRow<u32>(n - n4, xPitch, 1, x + <usize>n4 * xp + ((<usize>i) << 2), out + <usize>i * op + ((<usize>n4) << 2));
    }
  }
  for (let i = m4; i < m; i++) copyRow<u32>(n, xPitch, 1, x + ((<usize>i) << 2), out + <usize>i * op);
}

/** Elements of one byte. */
export function copy_strided_1(rank: i32, geometry: usize, x: usize, out: usize): void {
  copyWalk<u8>(rank, (<usize>rank) << 2, geometry, x, out);
}

/** Elements of four bytes. */
export function copy_strided_4(rank: i32, geometry: usize, x: usize, out: usize): void {
  copyWalk<u32>(rank, (<usize>rank) << 2, geometry, x, out);
}

/** Elements of eight bytes. */
export function copy_strided_8(rank: i32, geometry: usize, x: usize, out: usize): void {
  copyWalk<u64>(rank, (<usize>rank) << 2, geometry, x, out);
}

/** Moves bytes as they are: a new value of a constant that could not be written in place. */
export function copy_bytes(bytes: i32, x: usize, out: usize): void {
  memory.copy(out, x, <usize>bytes);
}
