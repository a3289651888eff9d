/** Kernels that only bring numbers into another layout. They are named for it: pack, unpack, crop, clear, im2col. */
const layoutVerbs = /^[a-z]+\d+_(pack|unpack|crop|clear|im2col)(_|$)/;

/** Whether an export computes nothing: its output holds numbers of its input, and zeros. */
export function isRepacking(kernel: string): boolean {
  return layoutVerbs.test(kernel);
}
