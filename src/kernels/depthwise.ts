/** The working memory of f32_depthwise. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
}

const BAND_BYTES = 24576;
const LEAST_ROWS = 8;

/** Bytes for the taps and a band in phases, as assembly/conv/depthwise.ts draws them. */
export function depthwiseScratch({ kernel, strides, dilations, outHeight, outWidth }: Window): number {
  const [kh, kw] = kernel;
  const reach = (kh - 1) * dilations[0];
  const columns = Math.max(outWidth, 4);
  const pitch = columns + Math.floor(((kw - 1) * dilations[1]) / strides[1]);
  const rowBytes = strides[1] * pitch * 4;
  const fitting = Math.trunc((Math.floor(BAND_BYTES / rowBytes) - 1 - reach) / strides[0]) + 1;
  const bands = Math.max(1, Math.ceil(outHeight / Math.max(LEAST_ROWS, fitting)));
  const outRows = Math.max(4, Math.ceil(outHeight / bands));
  const rows = (outRows - 1) * strides[0] + reach + 1;
  const aside = outHeight < 4 || outWidth < 4 ? outRows * columns * 4 : 0;
  return Math.ceil((kh * kw) / 2) * 16 + rows * rowBytes + aside + 16;
}
