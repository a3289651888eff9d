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
    if (first < columns)
      memory.copy(row + ((<usize>(first + left)) << 2), from + ((<usize>first) << 2), (<usize>(columns - first)) << 2);
  } else if (stride === 2 && left >= 0) {
    halve(columns, from, row + part(left, 2, phaseBytes), row + part(left + 1, 2, phaseBytes));
  } else {
    for (let i = first; i < columns; i++)
      store<f32>(row + part(i + left, stride, phaseBytes), load<f32>(from + ((<usize>i) << 2)));
  }
}

/**
 * Some rows of every plane of an image x [C, H, W], with their border, rows sorted like columns:
 *
 *     out [C][phases of rows][phases of columns][phaseRows][pitch]
 *
 * Row 0 of the slab is row `firstRow` of the image, which may be above it; `rows` are wanted.
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
  phaseRows: i32,
  pitch: i32,
  x: usize,
  out: usize,
): void {
  const rowBytes = (<usize>pitch) << 2,
    phaseBytes = <usize>phaseRows * rowBytes,
    planeBytes = <usize>(strideY * strideX) * phaseBytes;
  memory.fill(out, 0, <usize>channels * planeBytes);
  const begin = max<i32>(0, -firstRow),
    end = min<i32>(rows, height - firstRow);
  for (let channel = 0; channel < channels; channel++) {
    for (let r = begin; r < end; r++) {
      const phase = <usize>((r % strideY) * strideX) * phaseBytes;
      const from = x + ((<usize>(firstRow + r) * <usize>width) << 2);
      place_row(width, from, left, strideX, phaseBytes, pitch, out + phase + <usize>(r / strideY) * rowBytes);
    }
    x += (<usize>height * <usize>width) << 2;
    out += planeBytes;
  }
}

/** The first `width` of every `pitch` numbers: planes [count][rows][pitch], fromBytes apart, to [count][rows][width], toBytes apart. */
export function f32_crop(
  count: i32,
  rows: i32,
  width: i32,
  pitch: i32,
  from: usize,
  fromBytes: usize,
  to: usize,
  toBytes: usize,
): void {
  const pitchBytes = (<usize>pitch) << 2,
    widthBytes = (<usize>width) << 2;
  for (let i = 0; i < count; i++) {
    let source = from,
      target = to;
    for (let row = 0; row < rows; row++) {
      if (width >= 4) {
        for (let x: usize = 0; x + 16 <= widthBytes; x += 16) v128.store(target + x, v128.load(source + x));
        v128.store(target + widthBytes - 16, v128.load(source + widthBytes - 16));
      } else {
        for (let x: usize = 0; x < widthBytes; x += 4) store<f32>(target + x, load<f32>(source + x));
      }
      source += pitchBytes;
      target += widthBytes;
    }
    from += fromBytes;
    to += toBytes;
  }
}

/** Where a column lies, from the start of its row. */
function part(column: i32, stride: i32, phaseBytes: usize): usize {
  return <usize>(column % stride) * phaseBytes + ((<usize>(column / stride)) << 2);
}

/** Every other number to `even`, those between to `odd`. */
function halve(n: i32, from: usize, even: usize, odd: usize): void {
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const a = v128.load(from),
      b = v128.load(from, 16);
    v128.store(even, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(odd, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
    from += 32;
    even += 16;
    odd += 16;
  }
  for (; i < n; i++) {
    if (i & 1) {
      store<f32>(odd, load<f32>(from));
      odd += 4;
    } else {
      store<f32>(even, load<f32>(from));
      even += 4;
    }
    from += 4;
  }
}
