// What max and average pooling share: which taps of a window lie inside, and four windows side by side.

/** The first tap whose position start + tap * dilation is not negative. */
export function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/** One behind the last tap that lies before `extent`. */
export function endTap(start: i32, dilation: i32, extent: i32, taps: i32): i32 {
  return extent <= start ? 0 : min<i32>(taps, (extent - 1 - start) / dilation + 1);
}

/** The first output column whose windows start inside. */
export function firstInside(padding: i32, stride: i32): i32 {
  return (padding + stride - 1) / stride;
}

/** One behind the last output column whose windows end inside; `reach` is the distance from a window's first tap to its last. */
export function endInside(padding: i32, stride: i32, reach: i32, extent: i32, outputs: i32): i32 {
  const room = extent - 1 - reach + padding;
  return room < 0 ? 0 : min<i32>(outputs, room / stride + 1);
}

/**
 * Elements p[0], p[stride], p[2 stride], p[3 stride], nothing past them.
 *
 *     stride 2:   p [a . b .]     p + 3 [. c . d]     ->  a b c d
 */
export function load4(p: usize, stride: i32): v128 {
  if (stride === 1) return v128.load(p);
  if (stride === 2) {
    return i8x16.shuffle(v128.load(p), v128.load(p, 12), 0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23, 28, 29, 30, 31);
  }
  const step = (<usize>stride) << 2;
  let v = v128.load32_zero(p);
  v = v128.load32_lane(p + step, v, 1);
  v = v128.load32_lane(p + 2 * step, v, 2);
  return v128.load32_lane(p + 3 * step, v, 3);
}
