// The planes of a volume that one output depth of a convolution reaches.

/**
 * x [channels][depth][plane] → out [channels][taps][plane]: plane start + tap * dilation of every channel, zeros where it lies
 * outside.
 */
export function f32_depth_planes(
  channels: i32,
  depth: i32,
  plane: i32,
  taps: i32,
  start: i32,
  dilation: i32,
  x: usize,
  out: usize,
): void {
  const bytes = (<usize>plane) << 2;
  for (let channel = 0; channel < channels; channel++) {
    for (let tap = 0; tap < taps; tap++) {
      const z = start + tap * dilation;
      if (z >= 0 && z < depth) memory.copy(out, x + <usize>z * bytes, bytes);
      else memory.fill(out, 0, bytes);
      out += bytes;
    }
    x += <usize>depth * bytes;
  }
}
