// out[o][i] = x[o][indices[i]] over rows of `inner` elements, and its gradient.
//
//     x [outer][axisExtent][inner]      out [outer][indexCount][inner]
//
// indices are int32 (indexBytes 4) or int64 (8); -axisExtent..-1 count from the end.

/** Index i in [0, extent), or -1 when it is out of range. */
function indexAt(indices: usize, indexBytes: i32, i: i32, extent: i32): i32 {
  let index: i64 =
    indexBytes === 4 ? <i64>load<i32>(indices + ((<usize>i) << 2)) : load<i64>(indices + ((<usize>i) << 3));
  if (index < 0) index += <i64>extent;
  return index < 0 || index >= <i64>extent ? -1 : <i32>index;
}

function gather<T>(
  outer: i32,
  axisExtent: i32,
  inner: i32,
  indexCount: i32,
  indexBytes: i32,
  x: usize,
  indices: usize,
  out: usize,
): i32 {
  const row = <usize>inner * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < indexCount; i++) {
      const index = indexAt(indices, indexBytes, i, axisExtent);
      if (index < 0) return 1 + i;
      if (inner === 1) store<T>(out, load<T>(x + <usize>index * sizeof<T>()));
      else memory.copy(out, x + <usize>index * row, row);
      out += row;
    }
    x += <usize>axisExtent * row;
  }
  return 0;
}

/** Elements of one byte. Returns 0, or 1 + the position of the first index out of range. */
export function gather_1(
  outer: i32,
  axisExtent: i32,
  inner: i32,
  indexCount: i32,
  indexBytes: i32,
  x: usize,
  indices: usize,
  out: usize,
): i32 {
  return gather<u8>(outer, axisExtent, inner, indexCount, indexBytes, x, indices, out);
}

/** Elements of four bytes. Returns 0, or 1 + the position of the first index out of range. */
export function gather_4(
  outer: i32,
  axisExtent: i32,
  inner: i32,
  indexCount: i32,
  indexBytes: i32,
  x: usize,
  indices: usize,
  out: usize,
): i32 {
  return gather<u32>(outer, axisExtent, inner, indexCount, indexBytes, x, indices, out);
}

/** Elements of eight bytes. Returns 0, or 1 + the position of the first index out of range. */
export function gather_8(
  outer: i32,
  axisExtent: i32,
  inner: i32,
  indexCount: i32,
  indexBytes: i32,
  x: usize,
  indices: usize,
  out: usize,
): i32 {
  return gather<u64>(outer, axisExtent, inner, indexCount, indexBytes, x, indices, out);
}

/**
 * dx [outer][axisExtent][inner] = 0, then dy [outer][indexCount][inner] is added where it was taken from. Returns 0, or
 * 1 + the position of the first index out of range.
 */
export function f32_gather_grad(
  outer: i32,
  axisExtent: i32,
  inner: i32,
  indexCount: i32,
  indexBytes: i32,
  dy: usize,
  indices: usize,
  dx: usize,
): i32 {
  const row = (<usize>inner) << 2;
  const slab = row * <usize>axisExtent;
  memory.fill(dx, 0, slab * <usize>outer);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < indexCount; i++) {
      const index = indexAt(indices, indexBytes, i, axisExtent);
      if (index < 0) return 1 + i;
      let at = dx + <usize>index * row;
      const end = at + row;
      for (; at + 16 <= end; at += 16) {
        v128.store(at, f32x4.add(v128.load(at), v128.load(dy)));
        dy += 16;
      }
      for (; at < end; at += 4) {
        store<f32>(at, load<f32>(at) + load<f32>(dy));
        dy += 4;
      }
    }
    dx += slab;
  }
  return 0;
}
