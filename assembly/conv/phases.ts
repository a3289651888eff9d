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
  const phaseBytes = (<usize>rows * <usize>pitch) << 2,
    rowBytes = (<usize>pitch) << 2;
  // Rows and columns past the last window do not exist here.
  const last = min<i32>(height, rows - top);
  const columns = min<i32>(width, pitch * stride - left);
  for (let y = max<i32>(0, -top); y < last; y++) {
    const from = x + ((<usize>y * <usize>width) << 2);
    const row = to + <usize>(y + top) * rowBytes;
    if (stride === 1) {
      const first = max<i32>(0, -left);
      if (first < columns)
        memory.copy(row + ((<usize>(first + left)) << 2), from + ((<usize>first) << 2), (<usize>(columns - first)) << 2);
    } else if (stride === 2 && left >= 0) {
      halve(columns, from, row + part(left, 2, phaseBytes), row + part(left + 1, 2, phaseBytes));
    } else {
      for (let i = max<i32>(0, -left); i < columns; i++)
        store<f32>(row + part(i + left, stride, phaseBytes), load<f32>(from + ((<usize>i) << 2)));
    }
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
