// Between row-major matrices and panels.
//
//     rows x [t][k]                     panels of W lanes [ceil(t / W)][k][W]
//
//     x00 x01 x02 ...                   x00 x10 x20 .. x(W-1)0      k = 0
//     x10 x11 x12 ...          ↔        x01 x11 x21 .. x(W-1)1      k = 1
//     x20 x21 x22 ...                    :
//
// Squares of 4x4 go through registers. Lanes past t become 0.
import { load_first, store_transposed } from '../simd';

/** Four (or fewer) rows of x, k columns, into the four lanes at `out` of every panel row of `stepBytes`. */
function pack_strip(first: i32, last: i32, rows: i32, x: usize, rowBytes: usize, out: usize, stepBytes: usize): void {
  const zero = f32x4.splat(0);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = x + ((<usize>i) << 2);
    const a = rows > 0 ? v128.load(at) : zero;
    const b = rows > 1 ? v128.load(at + rowBytes) : zero;
    const c = rows > 2 ? v128.load(at + 2 * rowBytes) : zero;
    const d = rows > 3 ? v128.load(at + 3 * rowBytes) : zero;
    store_transposed(a, b, c, d, out + <usize>i * stepBytes, stepBytes, 4);
  }
  for (; i < last; i++) {
    const at = x + ((<usize>i) << 2);
    let row = zero;
    if (rows > 0) row = v128.load_zero<u32>(at);
    if (rows > 1) row = v128.load_lane<u32>(at + rowBytes, row, 1);
    if (rows > 2) row = v128.load_lane<u32>(at + 2 * rowBytes, row, 2);
    if (rows > 3) row = v128.load_lane<u32>(at + 3 * rowBytes, row, 3);
    v128.store(out + <usize>i * stepBytes, row);
  }
}

/** Columns handled before the next strip of the panel: whole cache lines of the panel are filled while they are near. */
const CHUNK: i32 = 32;

function pack_panel(width: i32, t: i32, k: i32, x: usize, rowBytes: usize, out: usize): void {
  const stepBytes = (<usize>width) << 2;
  for (let first = 0; first < k; first += CHUNK) {
    const last = min<i32>(k, first + CHUNK);
    for (let lane = 0; lane < width; lane += 4) {
      pack_strip(first, last, t - lane, x + <usize>lane * rowBytes, rowBytes, out + ((<usize>lane) << 2), stepBytes);
    }
  }
}

/** x [t][k], rows xRow floats apart, to panels [ceil(t / 16)][k][16]; lanes past t are 0. */
export function f32_pack_panels_16(t: i32, k: i32, x: usize, xRow: i32, out: usize): void {
  const rowBytes = (<usize>xRow) << 2;
  for (let row = 0; row < t; row += 16) {
    pack_panel(16, t - row, k, x + <usize>row * rowBytes, rowBytes, out);
    out += (<usize>k) << 6;
  }
}

/** Panel rows brought to rows before the next ones: they stay in the first cache while their lanes are taken in fours. */
const UNPACK: i32 = 128;

function unpack(width: i32, t: i32, k: i32, panels: usize, out: usize, rowBytes: usize): void {
  const stepBytes = (<usize>width) << 2;
  for (let first = 0; first < t; first += width) {
    for (let at = 0; at < k; at += UNPACK) {
      const last = min<i32>(k, at + UNPACK);
      for (let lane = 0; lane < width && first + lane < t; lane += 4) {
        const from = panels + <usize>at * stepBytes + ((<usize>lane) << 2);
        const to = out + <usize>lane * rowBytes + ((<usize>at) << 2);
        unpack_strip(last - at, t - first - lane, from, stepBytes, to, rowBytes);
      }
    }
    panels += <usize>k * stepBytes;
    out += <usize>width * rowBytes;
  }
}

/** Four (or fewer) lanes of `count` panel rows to as many rows. */
function unpack_strip(count: i32, rows: i32, from: usize, stepBytes: usize, to: usize, rowBytes: usize): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = v128.load(from),
      b = v128.load(from + stepBytes);
    const c = v128.load(from + 2 * stepBytes),
      d = v128.load(from + 3 * stepBytes);
    store_transposed(a, b, c, d, to, rowBytes, rows);
    from += 4 * stepBytes;
    to += 16;
  }
  for (; i < count; i++) {
    for (let r = 0; r < min<i32>(4, rows); r++)
      store<f32>(to + <usize>r * rowBytes, load<f32>(from + ((<usize>r) << 2)));
    from += stepBytes;
    to += 4;
  }
}

/** Panels [ceil(t / 8)][k][8] to rows [t][k], outRow floats apart. */
export function f32_unpack_panels_8(t: i32, k: i32, panels: usize, out: usize, outRow: i32): void {
  unpack(8, t, k, panels, out, (<usize>outRow) << 2);
}

/** Panels [ceil(t / 16)][k][16] to rows [t][k], outRow floats apart. */
export function f32_unpack_panels_16(t: i32, k: i32, panels: usize, out: usize, outRow: i32): void {
  unpack(16, t, k, panels, out, (<usize>outRow) << 2);
}

/** Rows of the matrix copied before the next panel: a cache line of x is used up by two panels in turn. */
const ROWS: i32 = 16;

/** Rows of n consecutive floats to panels of `width` (8 or 16) lanes. */
function pack_consecutive(width: i32, k: i32, n: i32, x: usize, rowBytes: usize, out: usize): void {
  const stepBytes = (<usize>width) << 2;
  for (let first = 0; first < k; first += ROWS) {
    const last = min<i32>(k, first + ROWS);
    let panel = out + <usize>first * stepBytes;
    for (let j = 0; j < n; j += width) {
      let from = x + <usize>first * rowBytes + ((<usize>j) << 2);
      let to = panel;
      for (let i = first; i < last; i++) {
        if (j + width <= n) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
          if (width === 16) {
            v128.store(to, v128.load(from, 32), 32);
            v128.store(to, v128.load(from, 48), 48);
          }
        } else {
          for (let lane = 0; lane < width; lane += 4)
            v128.store(to + ((<usize>lane) << 2), load_first(from + ((<usize>lane) << 2), n - j - lane));
        }
        from += rowBytes;
        to += stepBytes;
      }
      panel += <usize>k * stepBytes;
    }
  }
}

/** A matrix of k rows of n consecutive floats, xRow floats apart, to panels [ceil(n / 16)][k][16]; lanes past n are 0. */
export function f32_pack_columns_16(k: i32, n: i32, x: usize, xRow: i32, out: usize): void {
  pack_consecutive(16, k, n, x, (<usize>xRow) << 2, out);
}

function pack_strided(k: i32, n: i32, x: usize, rowBytes: usize, columnBytes: usize, out: usize): void {
  for (let j = 0; j < n; j += 8) {
    for (let i = 0; i < k; i++) {
      for (let lane = 0; lane < 8; lane++) {
        const from = x + <usize>i * rowBytes + <usize>(j + lane) * columnBytes;
        store<f32>(out, j + lane < n ? load<f32>(from) : 0);
        out += 4;
      }
    }
  }
}

/**
 * A matrix [k, n] at x + i * xRow + j * xColumn (in floats) to columns8 panels [ceil(n / 8)][k][8], for each of `batch`
 * matrices xBatch apart; lanes past n are 0. Quick when either stride is 1. With xRow = 1 this also makes panels8 of [n][k].
 */
export function f32_pack_columns_8(
  batch: i32,
  k: i32,
  n: i32,
  x: usize,
  xBatch: i32,
  xRow: i32,
  xColumn: i32,
  out: usize,
): void {
  const rowBytes = (<usize>xRow) << 2,
    columnBytes = (<usize>xColumn) << 2;
  const panelBytes = (<usize>k) << 5;
  const panels = (n + 7) >> 3;
  for (let item = 0; item < batch; item++) {
    const from = x + ((<usize>item * <usize>xBatch) << 2);
    if (xColumn === 1) {
      pack_consecutive(8, k, n, from, rowBytes, out);
    } else if (xRow === 1) {
      for (let panel = 0; panel < panels; panel++) {
        const row = panel << 3;
        pack_panel(8, n - row, k, from + <usize>row * columnBytes, columnBytes, out + <usize>panel * panelBytes);
      }
    } else {
      pack_strided(k, n, from, rowBytes, columnBytes, out);
    }
    out += <usize>panels * panelBytes;
  }
}
