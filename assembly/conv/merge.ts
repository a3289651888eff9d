// Columns of an image that were made apart come together: the inverse of phases.ts for results.
//
//     phase 0:  0 2 4 .      phase 1:  1 3 .      →      0 1 2 3 4

/**
 * Planes from [phases][planes][rows][fromPitch], phaseBytes and fromPlaneBytes apart, to [planes][rows][width]: column x is
 * column x / phases of phase x % phases. Rows of the result are toRowBytes apart, planes toPlaneBytes; what lies between stays.
 */
export function f32_merge_phases(
  planes: i32,
  rows: i32,
  width: i32,
  phases: i32,
  from: usize,
  fromPitch: i32,
  fromPlaneBytes: usize,
  phaseBytes: usize,
  to: usize,
  toRowBytes: usize,
  toPlaneBytes: usize,
): void {
  const fromRowBytes = (<usize>fromPitch) << 2;
  for (let plane = 0; plane < planes; plane++) {
    let source = from,
      target = to;
    for (let row = 0; row < rows; row++) {
      if (phases === 1) copy_row(width, source, target);
      else if (phases === 2) zip_row(width, source, source + phaseBytes, target);
      else {
        for (let x = 0; x < width; x++) {
          const at = source + <usize>(x % phases) * phaseBytes + ((<usize>(x / phases)) << 2);
          store<f32>(target + ((<usize>x) << 2), load<f32>(at));
        }
      }
      source += fromRowBytes;
      target += toRowBytes;
    }
    from += fromPlaneBytes;
    to += toPlaneBytes;
  }
}

/** n floats; the last vector overlaps the one before it. */
function copy_row(n: i32, from: usize, to: usize): void {
  if (n >= 4) {
    const last = (<usize>(n - 4)) << 2;
    for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
    return;
  }
  for (; n > 0; n--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** n floats, in turns from `even` and `odd`. */
function zip_row(n: i32, even: usize, odd: usize, to: usize): void {
  for (; n >= 8; n -= 8) {
    const a = v128.load(even),
      b = v128.load(odd);
    v128.store(to, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
    even += 16;
    odd += 16;
    to += 32;
  }
  for (; n > 0; n -= 2) {
    store<f32>(to, load<f32>(even));
    if (n > 1) store<f32>(to, load<f32>(odd), 4);
    even += 4;
    odd += 4;
    to += 8;
  }
}
