/** The working memory of f32_depthwise. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Bytes for the offsets of the taps and one plane in phases, as assembly/conv/depthwise.ts draws them. */
export function depthwiseScratch({ kernel, strides, dilations, outHeight, outWidth }: Window): number {
  const [kh, kw] = kernel;
  const rows = (Math.max(outHeight, 4) - 1) * strides[0] + (kh - 1) * dilations[0] + 1;
  const pitch = Math.max(outWidth, 4) + Math.floor(((kw - 1) * dilations[1]) / strides[1]);
  return Math.ceil((kh * kw) / 4) * 16 + strides[1] * rows * pitch * 4 + 16;
}
