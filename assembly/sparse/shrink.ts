// Drops entries from a sparse pattern while the weight trains. An entry is a block of weights with one column index; csr
// has blocks of 1x1. Nothing moves far, everything moves forward, and all of it costs what is stored:
//
//     mask      1 0 0 1 1 …     one byte per weight, in the order of its shape
//     kept      0 2 3           the entries that stay, ascending
//     columns   a b c d         →  a c d 0
//     values    A B C D         →  A C D 0

/** Makes every byte that is not 0 a 1, in place. Returns how many there are. */
export function mask_bits(n: i32, mask: usize): i32 {
  const one = i8x16.splat(1);
  const whole = mask + <usize>(n & ~15),
    end = mask + <usize>n;
  let total = i32x4.splat(0);
  while (mask < whole) {
    // A counter of one byte holds 255 vectors.
    const stop = min<usize>(whole, mask + 255 * 16);
    let counts = i8x16.splat(0);
    for (; mask < stop; mask += 16) {
      const bits = i8x16.min_u(v128.load(mask), one);
      v128.store(mask, bits);
      counts = i8x16.add(counts, bits);
    }
    total = i32x4.add(total, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts)));
  }
  let count =
    i32x4.extract_lane(total, 0) +
    i32x4.extract_lane(total, 1) +
    i32x4.extract_lane(total, 2) +
    i32x4.extract_lane(total, 3);
  for (; mask < end; mask++) {
    const bit = <i32>(load<u8>(mask) !== 0);
    store<u8>(mask, <u8>bit);
    count += bit;
  }
  return count;
}

/** Index of (0, column) of the matrix in the tensor; the rows below follow at a distance of `after`. */
function flat(column: u32, rows: u32, after: u32): usize {
  const inner = column < after ? column : after === 1 ? 0 : column % after;
  return <usize>(column - inner) * rows + inner;
}

function select(
  blockRows: i32,
  blockColumns: i32,
  rows: i32,
  columns: i32,
  after: i32,
  total: i32,
  rowPointers: usize,
  indices: usize,
  mask: usize,
  outPointers: usize,
  kept: usize,
): i32 {
  let entry: u32 = 0,
    count: u32 = 0;
  let found = 0,
    room = 0;
  store<u32>(outPointers, 0);
  for (let row = 0; row < rows; row += blockRows) {
    rowPointers += 4;
    outPointers += 4;
    const end = load<u32>(rowPointers);
    const height = min<i32>(blockRows, rows - row);
    const maskRow = mask + <usize>row * after;
    for (; entry < end; entry++) {
      const first = <i32>load<u32>(indices + ((<usize>entry) << 2)) * blockColumns;
      const width = min<i32>(blockColumns, columns - first);
      let bits = 0;
      for (let c = 0; c < width; c++) {
        let at = maskRow + flat(first + c, rows, after);
        for (let r = 0; r < height; r++) {
          bits += <i32>load<u8>(at);
          at += after;
        }
      }
      const stays = <i32>(bits !== 0);
      store<u32>(kept + ((<usize>count) << 2), entry);
      count += stays;
      found += bits;
      room += stays * width * height;
    }
    store<u32>(outPointers, count);
  }
  return found === total && room === total ? <i32>count : -1;
}

/**
 * Which entries a mask of 0 and 1 with `total` ones keeps. The matrix is [rows, columns]; `after` is the size of the axes
 * behind that of the rows in the tensor. Writes the new row pointers and, ascending, the indices of the entries; `kept` has
 * room for all of them. Returns their number, or -1 if the mask keeps a weight that has no entry or a block in part.
 */
export function select_kept(
  blockRows: i32,
  blockColumns: i32,
  rows: i32,
  columns: i32,
  after: i32,
  total: i32,
  rowPointers: usize,
  indices: usize,
  mask: usize,
  outPointers: usize,
  kept: usize,
): i32 {
  if (blockRows === 1 && blockColumns === 1)
    return inline.always(select(1, 1, rows, columns, after, total, rowPointers, indices, mask, outPointers, kept));
  return select(blockRows, blockColumns, rows, columns, after, total, rowPointers, indices, mask, outPointers, kept);
}

/**
 * Moves the `count` kept elements of `unit` words each to the front, in place, and fills the rest of the `capacity` words
 * with the byte `fill`.
 */
export function compact_4(count: i32, unit: i32, capacity: i32, fill: i32, kept: usize, x: usize): void {
  const end = kept + ((<usize>count) << 2);
  const rest = x + ((<usize>capacity) << 2);
  let to = x;
  if (unit === 1) {
    for (; kept < end; kept += 4) {
      store<u32>(to, load<u32>(x + ((<usize>load<u32>(kept)) << 2)));
      to += 4;
    }
  } else if (unit === 4) {
    for (; kept < end; kept += 4) {
      v128.store(to, v128.load(x + ((<usize>load<u32>(kept)) << 4)));
      to += 16;
    }
  } else {
    const bytes = (<usize>unit) << 2;
    for (; kept < end; kept += 4) {
      let from = x + <usize>load<u32>(kept) * bytes;
      for (const next = to + bytes; to < next; to += 4) {
        store<u32>(to, load<u32>(from));
        from += 4;
      }
    }
  }
  memory.fill(to, <u8>fill, rest - to);
}

/**
 * The transposed pattern as csr, by counting. `outOffsets` gets row * scale and `outOrder` the index of the value of each
 * transposed entry; in the rest of their `capacity` words there is 0 and 0xffffffff.
 *
 *     outPointers   0, count of each column   →   0, start of each column   →   while entries are put, its end
 */
export function transpose_pattern(
  blockRows: i32,
  blockColumns: i32,
  rows: i32,
  columns: i32,
  scale: i32,
  capacity: i32,
  rowPointers: usize,
  indices: usize,
  outPointers: usize,
  outOffsets: usize,
  outOrder: usize,
): void {
  const starts = outPointers + 4;
  memory.fill(outPointers, 0, ((<usize>columns) << 2) + 4);
  let entry: u32 = 0;
  for (let row = 0, pointer = rowPointers + 4; row < rows; row += blockRows, pointer += 4) {
    const end = load<u32>(pointer);
    const height = min<i32>(blockRows, rows - row);
    for (; entry < end; entry++) {
      const first = <i32>load<u32>(indices + ((<usize>entry) << 2)) * blockColumns;
      const width = min<i32>(blockColumns, columns - first);
      for (let c = 0; c < width; c++) {
        const at = starts + ((<usize>(first + c)) << 2);
        store<u32>(at, load<u32>(at) + height);
      }
    }
  }
  let total: u32 = 0;
  for (let at = starts, end = starts + ((<usize>columns) << 2); at < end; at += 4) {
    const count = load<u32>(at);
    store<u32>(at, total);
    total += count;
  }
  entry = 0;
  for (let row = 0, pointer = rowPointers + 4; row < rows; row += blockRows, pointer += 4) {
    const end = load<u32>(pointer);
    const height = min<i32>(blockRows, rows - row);
    for (; entry < end; entry++) {
      const first = <i32>load<u32>(indices + ((<usize>entry) << 2)) * blockColumns;
      const width = min<i32>(blockColumns, columns - first);
      for (let c = 0; c < width; c++) {
        const at = starts + ((<usize>(first + c)) << 2);
        let put = (<usize>load<u32>(at)) << 2;
        for (let r = 0; r < height; r++) {
          store<u32>(outOffsets + put, (row + r) * scale);
          store<u32>(outOrder + put, (entry * blockRows + r) * blockColumns + c);
          put += 4;
        }
        store<u32>(at, <u32>(put >> 2));
      }
    }
  }
  const used = (<usize>total) << 2,
    rest = ((<usize>capacity) << 2) - used;
  memory.fill(outOffsets + used, 0, rest);
  memory.fill(outOrder + used, 0xff, rest);
}
