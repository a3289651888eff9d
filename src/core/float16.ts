/** IEEE 754 half precision, which JavaScript has no array for on every supported engine: converted at the border. */

/** Halfs (as their 16 bits) to floats, exactly. */
export function floatsFromHalfs(halfs: Uint16Array): Float32Array {
  const floats = new Float32Array(halfs.length);
  for (let i = 0; i < halfs.length; i++) {
    const bits = halfs[i];
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 31) floats[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) floats[i] = sign * fraction * 2 ** -24;
    else floats[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return floats;
}
