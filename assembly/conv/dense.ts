// Dense convolution without columns: the product of gemm.ts, whose right side is packed panel by panel, just before the filters
// pass over it, from an image in planes with a border (phases.ts). Row k = (c, ky, kx) of the right side begins `offsets[k]`
// bytes into the planes; there the pixels of an output row lie side by side:
//
//     output       pixels 0 ... columns - 1 | columns ... of the next row     8 at a time, whatever rows they are of
//     planes       pixel (y, x) at y * pitch + x
import { rows_by_panel } from '../dense/rows-by-panel';

const GROUP_BYTES: i32 = 1 << 18;
const LONGEST_BLOCK: i32 = 1536;
const BLOCK: i32 = 1024;

/** Where a pixel lies, in bytes. */
function place(pixel: i32, columns: i32, pitch: i32): usize {
  const row = pixel / columns;
  return (<usize>(row * pitch + pixel - row * columns)) << 2;
}

/** Eight pixels in two runs of four: [depth][8]. */
function pack_8(depth: i32, offsets: usize, x0: usize, x1: usize, to: usize): void {
  const end = offsets + ((<usize>depth) << 2);
  if (depth & 1) {
    const offset = load<u32>(offsets);
    v128.store(to, v128.load(x0 + offset));
    v128.store(to, v128.load(x1 + offset), 16);
    offsets += 4;
    to += 32;
  }
  while (offsets !== end) {
    const a = load<u32>(offsets),
      b = load<u32>(offsets, 4);
    v128.store(to, v128.load(x0 + a));
    v128.store(to, v128.load(x1 + a), 16);
    v128.store(to, v128.load(x0 + b), 32);
    v128.store(to, v128.load(x1 + b), 48);
    offsets += 8;
    to += 64;
  }
}

/** Four pixels anywhere, into half of a panel. */
function pack_4(depth: i32, offsets: usize, x0: usize, x1: usize, x2: usize, x3: usize, to: usize): void {
  const end = offsets + ((<usize>depth) << 2);
  for (; offsets !== end; offsets += 4) {
    const offset = load<u32>(offsets);
    store<f32>(to, load<f32>(x0 + offset));
    store<f32>(to, load<f32>(x1 + offset), 4);
    store<f32>(to, load<f32>(x2 + offset), 8);
    store<f32>(to, load<f32>(x3 + offset), 12);
    to += 32;
  }
}

/** The panel of the pixels from `first`, those past the last one again and again. */
function pack(
  depth: i32,
  offsets: usize,
  x: usize,
  first: i32,
  pixels: i32,
  columns: i32,
  pitch: i32,
  to: usize,
): void {
  const last = pixels - 1;
  const x0 = x + place(min<i32>(first, last), columns, pitch),
    x3 = x + place(min<i32>(first + 3, last), columns, pitch),
    x4 = x + place(min<i32>(first + 4, last), columns, pitch),
    x7 = x + place(min<i32>(first + 7, last), columns, pitch);
  if (x3 - x0 === 12 && x7 - x4 === 12) {
    pack_8(depth, offsets, x0, x4, to);
    return;
  }
  const x1 = x + place(min<i32>(first + 1, last), columns, pitch),
    x2 = x + place(min<i32>(first + 2, last), columns, pitch),
    x5 = x + place(min<i32>(first + 5, last), columns, pitch),
    x6 = x + place(min<i32>(first + 6, last), columns, pitch);
  pack_4(depth, offsets, x0, x1, x2, x3, to);
  pack_4(depth, offsets, x4, x5, x6, x7, to + 16);
}

/**
 * filters a [m][k], planes x → c [m][pixels], filters cRow floats apart, as min(max(sum + bias, lo), hi) with NaN kept. The
 * pixels are those of output rows of `columns`, whose places in the planes are `pitch` floats apart. bias [m] may be 0.
 * scratch: min(k, 1536) * 32 bytes, a panel.
 */
export function f32_conv_4x8(
  m: i32,
  k: i32,
  pixels: i32,
  columns: i32,
  pitch: i32,
  a: usize,
  offsets: usize,
  x: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  c: usize,
  cRow: i32,
  scratch: usize,
): void {
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const none = f32x4.splat(-Infinity),
    unbounded = f32x4.splat(Infinity);
  const aRowBytes = (<usize>k) << 2,
    cRowBytes = (<usize>cRow) << 2;
  const block = k <= LONGEST_BLOCK ? max<i32>(k, 1) : BLOCK;
  const group = max<i32>(12, (GROUP_BYTES / (block << 2) / 12) * 12);
  // Where the filters pass in several groups, each finds the panels packed.
  const panelBytes = (<usize>block) << 5;
  const chunk = m > group ? max<i32>(1, GROUP_BYTES / (block << 5)) << 3 : 8;
  let k0 = 0;
  do {
    const depth = min<i32>(block, k - k0);
    const last = k0 + depth >= k;
    const lower = last ? low : none,
      upper = last ? high : unbounded;
    const taps = offsets + ((<usize>k0) << 2);
    for (let j0 = 0; j0 < pixels; j0 += chunk) {
      const j1 = min<i32>(pixels, j0 + chunk);
      for (let j = j0, to = scratch; j < j1; j += 8) {
        pack(depth, taps, x, j, pixels, columns, pitch, to);
        to += panelBytes;
      }
      for (let i0 = 0; i0 < m; i0 += group) {
        const rowBias = last && bias ? bias + ((<usize>i0) << 2) : 0;
        let panel = scratch;
        for (let j = j0; j < j1; j += 8) {
          rows_by_panel(
            min<i32>(group, m - i0),
            depth,
            a + <usize>i0 * aRowBytes + ((<usize>k0) << 2),
            aRowBytes,
            4,
            panel,
            min<i32>(8, pixels - j),
            rowBias,
            0,
            lower,
            upper,
            <i32>(k0 > 0),
            c + <usize>i0 * cRowBytes + ((<usize>j) << 2),
            cRowBytes,
            j + 8 < j1 ? panel + panelBytes : 0,
          );
          panel += panelBytes;
        }
      }
    }
    k0 += depth;
  } while (k0 < k);
}
