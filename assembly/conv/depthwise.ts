// Depthwise convolution: every output channel sees one input channel, so there is no matrix to multiply by. A band of the
// plane, small enough for the first cache, is brought into phases (phases.ts); neighbours in the output read neighbours
// there, so that vectors of four of them pass over it (depthwise-strips.ts, depthwise-tiles.ts).
import { strips_3x3, strips_3x3_halved } from './depthwise-strips';
import { covered, Tile1x16, Tile2x8, Tile4x4, tiles } from './depthwise-tiles';
import { f32_crop, fill_phases } from './phases';

/** Bytes of a band that should be in the first cache with what it makes. */
const BAND_BYTES: i32 = 24576;
/** Rows of the output below which the rows that neighbouring bands share would be copied too often. */
const LEAST_ROWS: i32 = 8;

/** Rows of the output in a band. Whoever calls knows them too: src/kernels/depthwise.ts. */
function band_rows(rowBytes: i32, reach: i32, stride: i32, outHeight: i32): i32 {
  const fitting = (BAND_BYTES / rowBytes - 1 - reach) / stride + 1;
  const count = max<i32>(1, (outHeight + max<i32>(LEAST_ROWS, fitting) - 1) / max<i32>(LEAST_ROWS, fitting));
  return (outHeight + count - 1) / count;
}

/** The rows of the band that lie outside the image, which another band has written. */
function clear_outside(begin: i32, end: i32, rows: i32, phases: i32, pitchBytes: usize, to: usize): void {
  for (let phase = 0; phase < phases; phase++) {
    if (begin > 0) memory.fill(to, 0, <usize>begin * pitchBytes);
    if (end < rows) memory.fill(to + <usize>end * pitchBytes, 0, <usize>(rows - end) * pitchBytes);
    to += <usize>rows * pitchBytes;
  }
}

/**
 * One image x [C, H, W], weights [C * multiplier][KH][KW] → out [C * multiplier][OH][OW]; output channel
 * c * multiplier + j reads input channel c. bias may be 0. Ends in min(max(sum, lo), hi), NaN kept.
 *
 *     scratch:  pairs [KH * KW] of a weight f32 and an offset u32, to a multiple of 16 bytes | phases [strideX][rows][pitch]
 *               | if OH or OW < 4: the output of a band, as if it had 4 rows and columns
 *     rows = (max(rows of the output in a band, 4) - 1) * strideY + (KH - 1) * dilationY + 1
 *     pitch = max(OW, 4) + (KW - 1) * dilationX / strideX, cut off
 */
export function f32_depthwise(
  channels: i32,
  multiplier: i32,
  height: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  dilationY: i32,
  dilationX: i32,
  outHeight: i32,
  outWidth: i32,
  x: usize,
  weights: usize,
  bias: usize,
  lo: f32,
  hi: f32,
  out: usize,
  scratch: usize,
): void {
  if (outHeight < 1 || outWidth < 1) return;
  const low = f32x4.splat(lo),
    high = f32x4.splat(hi);
  const taps = kernelHeight * kernelWidth;
  const reach = (kernelHeight - 1) * dilationY;
  const columns = max<i32>(outWidth, 4);
  const pitch = columns + ((kernelWidth - 1) * dilationX) / strideX;
  const outRows = band_rows((strideX * pitch) << 2, reach, strideY, outHeight);
  const whole = outRows === outHeight;
  const rows = (max<i32>(outRows, 4) - 1) * strideY + reach + 1;
  const pitchBytes = (<usize>pitch) << 2,
    phaseBytes = <usize>rows * pitchBytes,
    outBytes = (<usize>outWidth) << 2;

  let pair = scratch;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const column = kx * dilationX;
      const phase = <usize>(column % strideX) * phaseBytes;
      store<u32>(pair, <u32>(phase + <usize>(ky * dilationY) * pitchBytes + ((<usize>(column / strideX)) << 2)), 4);
      pair += 8;
    }
  }
  const phases = (pair + 15) & ~15;
  const aside = phases + <usize>strideX * phaseBytes;
  memory.fill(phases, 0, <usize>strideX * phaseBytes);

  const strips = kernelHeight === 3 && kernelWidth === 3 && dilationY === 1 && strideY <= 2;
  const second: usize = strips ? <usize>load<u32>(scratch, 12) : 0,
    third: usize = strips ? <usize>load<u32>(scratch, 20) : 0;
  const lines = outWidth >= 16 && covered(1, 16, outRows, outWidth) < covered(2, 8, outRows, outWidth);
  const wide = outWidth >= 8 && outRows >= 2;
  const fits = outWidth >= 4 && (strips || lines || wide || outRows >= 4);
  const tileRows = fits ? outRows : max<i32>(outRows, 4);

  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < outHeight; row += outRows) {
      // The last band moves back so as to be whole.
      const first = min<i32>(row, outHeight - outRows);
      const top = padTop - first * strideY;
      fill_phases(height, width, x, top, padLeft, strideX, rows, pitch, phases);
      if (!whole)
        clear_outside(
          min<i32>(top, rows),
          max<i32>(0, min<i32>(top + height, rows)),
          rows,
          strideX,
          pitchBytes,
          phases,
        );
      for (let j = 0; j < multiplier; j++) {
        const weight = weights + ((<usize>(j * taps)) << 2);
        const start = bias ? v128.load32_splat(bias + ((<usize>j) << 2)) : f32x4.splat(0);
        const place = out + <usize>(j * outHeight + first) * outBytes;
        const to = fits ? place : aside;
        const step = <usize>strideY * pitchBytes;
        if (strips && strideY === 1) {
          strips_3x3(weight, second, third, start, low, high, phases, pitchBytes, tileRows, columns, to);
        } else if (strips) {
          strips_3x3_halved(weight, second, third, start, low, high, phases, pitchBytes, tileRows, columns, to);
        } else {
          for (let tap: usize = 0; tap < <usize>taps; tap++)
            store<f32>(scratch + (tap << 3), load<f32>(weight + (tap << 2)));
          if (lines) tiles<Tile1x16>(taps, scratch, start, low, high, phases, step, tileRows, columns, to);
          else if (wide) tiles<Tile2x8>(taps, scratch, start, low, high, phases, step, tileRows, columns, to);
          else tiles<Tile4x4>(taps, scratch, start, low, high, phases, step, tileRows, columns, to);
        }
        if (!fits) f32_crop(1, outRows, outWidth, aside, columns, 0, place, outWidth, 0);
      }
    }
    x += (<usize>height * <usize>width) << 2;
    weights += (<usize>(multiplier * taps)) << 2;
    if (bias) bias += (<usize>multiplier) << 2;
    out += <usize>(multiplier * outHeight) * outBytes;
  }
}
