// One plane of an image inside a border of zeros, its columns sorted by what their number leaves when divided by the
// stride: a window over it has no edges, and neighbours in the output read neighbours here.
//
//     stride 2, one column of border:   . 0 1 2 3 4 .      →     phase 0:  . 1 3 .      phase 1:  0 2 4
//
//     [phases][rows][pitch]

/** Copies the plane x [height][width] to where it belongs, from row `top` and column `left`; the border stays as it is. */
export function fill_phases(
  height: i32,
  width: i32,
  x: usize,
  top: i32,
  left: i32,
  stride: i32,
  rows: i32,
  pitch: i32,
  to: usize,
): void {
  const rowBytes = (<usize>pitch) << 2;
  // Rows past the last window do not exist here.
  const last = min<i32>(height, rows - top);
  for (let y = max<i32>(0, -top); y < last; y++) {
    const from = x + ((<usize>y * <usize>width) << 2);
    place_row(width, from, left, stride, <usize>rows * rowBytes, pitch, to + <usize>(y + top) * rowBytes);
  }
}

/** One row of an image from column `left` on; columns past the last window do not exist. */
function place_row(width: i32, from: usize, left: i32, stride: i32, phaseBytes: usize, pitch: i32, row: usize): void {
  const columns = min<i32>(width, pitch * stride - left);
  const first = max<i32>(0, -left);
  if (stride === 1) {
    copy_row(columns - first, from + ((<usize>first) << 2), row + ((<usize>(first + left)) << 2));
  } else if (stride === 2 && left >= 0) {
    halve(columns, from, row + part(left, 2, phaseBytes), row + part(left + 1, 2, phaseBytes));
  } else {
    for (let i = first; i < columns; i++)
      store<f32>(row + part(i + left, stride, phaseBytes), load<f32>(from + ((<usize>i) << 2)));
  }
}

/** The same where only the first phase is read: every `stride`th column. */
function pick_row(width: i32, from: usize, left: i32, stride: i32, pitch: i32, row: usize): void {
  const columns = min<i32>(width, pitch * stride - left);
  const skipped = left >= 0 ? (stride - (left % stride)) % stride : -left;
  let i = skipped;
  let to = row + ((<usize>((i + left) / stride)) << 2);
  for (; i < columns; i += stride) {
    store<f32>(to, load<f32>(from + ((<usize>i) << 2)));
    to += 4;
  }
}

/** n consecutive floats; none if n < 1. Rows are short: a call of memory.copy would take longer than they do. */
function copy_row(n: i32, from: usize, to: usize): void {
  if (n >= 4) {
    const last = (<usize>(n - 4)) << 2;
    for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else {
    for (let i = 0; i < n; i++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += 4;
    }
  }
}

/** n zeros; none if n < 1. */
function clear_row(n: i32, to: usize): void {
  const zero = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    v128.store(to, zero);
    to += 16;
  }
  for (; n > 0; n--) {
    store<f32>(to, 0);
    to += 4;
  }
}

/** Zeros in the columns before `left` and from `right` on, in the phases that there are. */
function clear_edges(left: i32, right: i32, stride: i32, phases: i32, phaseBytes: usize, pitch: i32, row: usize): void {
  const columns = pitch * stride;
  for (let i = 0; i < min<i32>(left, columns); i++)
    if (i % stride < phases) store<f32>(row + part(i, stride, phaseBytes), 0);
  for (let i = max<i32>(0, right); i < columns; i++)
    if (i % stride < phases) store<f32>(row + part(i, stride, phaseBytes), 0);
}

/**
 * Some rows of every plane of an image x [C, H, W], with their border, rows sorted like columns:
 *
 *     out [C][phases of rows][phases of columns][phaseRows][pitch] [left]
 *
 * Row 0 of the slab is row `firstRow` of the image, which may be above it; `rows` are wanted. Where phasesY or phasesX is 1,
 * rows or columns of other phases than the first are left out. Rows of x are xPitch floats apart, planes xPlane. The `left`
 * zeros behind the last plane serve windows that go over the right edge where rows share their border.
 */
export function f32_pack_slab(
  channels: i32,
  height: i32,
  width: i32,
  firstRow: i32,
  rows: i32,
  left: i32,
  strideY: i32,
  strideX: i32,
  phasesY: i32,
  phasesX: i32,
  phaseRows: i32,
  pitch: i32,
  x: usize,
  xPitch: i32,
  xPlane: i32,
  out: usize,
): void {
  const rowBytes = (<usize>pitch) << 2,
    xRowBytes = (<usize>xPitch) << 2,
    phaseBytes = <usize>phaseRows * rowBytes,
    groupBytes = <usize>phasesX * phaseBytes;
  const end = min<i32>(firstRow + rows, height);
  const right = left + width;
  for (let channel = 0; channel < channels; channel++) {
    for (let phase = 0; phase < phasesY; phase++) {
      let to = out;
      for (let i = 0; i < phaseRows; i++) {
        const y = firstRow + i * strideY + phase;
        const inside = y >= 0 && y < end;
        const from = x + <usize>y * xRowBytes;
        if (strideX === 1) {
          if (inside) {
            clear_row(left, to);
            place_row(width, from, left, 1, phaseBytes, pitch, to);
            if (right < pitch) clear_row(pitch - max<i32>(0, right), to + ((<usize>max<i32>(0, right)) << 2));
          } else {
            clear_row(pitch, to);
          }
        } else if (inside) {
          clear_edges(left, right, strideX, phasesX, phaseBytes, pitch, to);
          if (phasesX === 1) pick_row(width, from, left, strideX, pitch, to);
          else place_row(width, from, left, strideX, phaseBytes, pitch, to);
        } else {
          for (let x = 0; x < phasesX; x++) clear_row(pitch, to + <usize>x * phaseBytes);
        }
        to += rowBytes;
      }
      out += groupBytes;
    }
    x += (<usize>xPlane) << 2;
  }
  clear_row(left, out);
}

/**
 * Planes of rows x width numbers, row by row: x [count] xPlane floats apart, their rows xPitch apart, to out likewise. What lies
 * between rows stays as it is.
 */
export function f32_crop(
  count: i32,
  rows: i32,
  width: i32,
  x: usize,
  xPitch: i32,
  xPlane: i32,
  out: usize,
  outPitch: i32,
  outPlane: i32,
): void {
  for (let i = 0; i < count; i++) {
    let from = x,
      to = out;
    for (let row = 0; row < rows; row++) {
      copy_row(width, from, to);
      from += (<usize>xPitch) << 2;
      to += (<usize>outPitch) << 2;
    }
    x += (<usize>xPlane) << 2;
    out += (<usize>outPlane) << 2;
  }
}

/**
 * Zeros around rows x width numbers at `out`, in each of `count` planes: `head` before the first row, from each row to the next,
 * and `tail` behind the last; `slack` behind the last plane.
 */
export function f32_clear_border(
  count: i32,
  rows: i32,
  width: i32,
  pitch: i32,
  plane: i32,
  head: i32,
  tail: i32,
  slack: i32,
  out: usize,
): void {
  const gap = pitch - width;
  let end = out;
  for (let i = 0; i < count; i++) {
    clear_row(head, out - ((<usize>head) << 2));
    let to = out + ((<usize>width) << 2);
    for (let row = 0; row < rows; row++) {
      clear_row(gap, to);
      to += (<usize>pitch) << 2;
    }
    end = to - ((<usize>width) << 2);
    clear_row(tail, end);
    out += (<usize>plane) << 2;
  }
  clear_row(slack, end + ((<usize>tail) << 2));
}

/** Where a column lies, from the start of its row. */
function part(column: i32, stride: i32, phaseBytes: usize): usize {
  return <usize>(column % stride) * phaseBytes + ((<usize>(column / stride)) << 2);
}

/** Every other number to `even`, those between to `odd`. */
function halve(n: i32, from: usize, even: usize, odd: usize): void {
  if (n >= 8) {
    const last = from + ((<usize>(n - 8)) << 2);
    let e = even,
      o = odd;
    for (; from < last; from += 32) {
      halve_8(from, e, o);
      e += 16;
      o += 16;
    }
    // The last eight overlap with those before; where n is odd they begin with an odd one.
    const half = (<usize>(n - 8) >> 1) << 2;
    if (n & 1) halve_8(last, odd + half, even + half + 4);
    else halve_8(last, even + half, odd + half);
    return;
  }
  for (let i = 0; i < n; i++) {
    const to = (i & 1 ? odd : even) + ((<usize>(i >> 1)) << 2);
    store<f32>(to, load<f32>(from + ((<usize>i) << 2)));
  }
}

function halve_8(from: usize, even: usize, odd: usize): void {
  const a = v128.load(from),
    b = v128.load(from, 16);
  v128.store(even, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
  v128.store(odd, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
}
