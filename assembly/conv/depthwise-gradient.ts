// The gradient of a depthwise convolution by its filters: a filter has a plane of its own on either side, so each of its
// taps is one dot product of the output's gradient and the image, shifted (dots.ts).
import { dots_1x4 } from '../sparse/dots';
import { fill_phases } from './phases';

/**
 * One image x [C, H, W], dy [C * multiplier][OH][OW] → dw [C * multiplier][KH][KW], added to what is there with `accumulate`.
 *
 *     scratch:  offsets [KH * KW] u32, to a multiple of 16 bytes | phases [strideX][rows][pitch]
 *     rows = (OH - 1) * strideY + (KH - 1) * dilationY + 1
 *     pitch = OW + (KW - 1) * dilationX / strideX, cut off
 */
export function f32_depthwise_weight_grad(
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
  dy: usize,
  accumulate: i32,
  dw: usize,
  scratch: usize,
): void {
  const taps = kernelHeight * kernelWidth;
  const rows = (outHeight - 1) * strideY + (kernelHeight - 1) * dilationY + 1;
  const pitch = outWidth + ((kernelWidth - 1) * dilationX) / strideX;
  const pitchBytes = (<usize>pitch) << 2,
    phaseBytes = <usize>rows * pitchBytes;
  let offset = scratch;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const column = kx * dilationX;
      const phase = <usize>(column % strideX) * phaseBytes;
      store<u32>(offset, <u32>(phase + <usize>(ky * dilationY) * pitchBytes + ((<usize>(column / strideX)) << 2)));
      offset += 4;
    }
  }
  const phases = (offset + 15) & ~15;
  memory.fill(phases, 0, <usize>strideX * phaseBytes);
  const never = channels >> 31;
  // A plane without a border or gaps is one line.
  const one = pitch === outWidth && strideY === 1;
  const lines = one ? 1 : outHeight,
    lineWidth = one ? outHeight * outWidth : outWidth;
  const yLine = (<usize>outWidth) << 2,
    xLine = <usize>strideY * pitchBytes;
  for (let channel = 0; channel < channels; channel++) {
    fill_phases(height, width, x, padTop, padLeft, strideX, rows, pitch, phases);
    for (let j = 0; j < multiplier; j++) {
      for (let tap = 0; tap < taps; tap += 4) {
        const o = scratch + ((<usize>tap) << 2),
          to = dw + ((<usize>tap) << 2);
        dots_1x4(lines, lineWidth, dy, yLine, o, taps - tap, phases, xLine, never, accumulate, to);
      }
      dw += (<usize>taps) << 2;
      dy += (<usize>outHeight * <usize>outWidth) << 2;
    }
    x += (<usize>height * <usize>width) << 2;
  }
}
