/**
 * out[i] = x[index[i]], or 0 where index[i] is 0xffffffff. Brings the stored values of one order of a sparse pattern
 * into another.
 */
export function f32_gather_1(n: i32, index: usize, x: usize, out: usize): void {
  for (let i = 0; i < n; i++) {
    const at = load<u32>(index);
    store<f32>(out, at !== u32.MAX_VALUE ? load<f32>(x + ((<usize>at) << 2)) : 0);
    index += 4;
    out += 4;
  }
}
