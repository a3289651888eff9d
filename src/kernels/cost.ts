/**
 * Predicted microseconds of the matrix kernels, from a few measured rates (one thread, no relaxed SIMD, about 3.6 GHz).
 * They only have to rank alternatives: dense against sparse, one format against another.
 */

/** Flops per microsecond of the exports, when the columns fill their tiles. */
const RATE: Readonly<Record<string, number>> = {
  f32_spmm_csr_1x8: 25000,
  f32_spmm_csr_1x16: 29000,
  f32_spmm_bsr_2x16: 35000,
  f32_spmm_bsr_4x8: 34000,
  f32_spmm_bsr_4x16: 37000,
  f32_spmv_csr: 4500,
  f32_spmv_sell_4: 8000,
  f32_spmv_bsr_1x4: 15000,
  f32_spmv_bsr_4x1: 19000,
  f32_spmv_bsr_8x1: 24000,
  f32_spmv_bsr_16x1: 27000,
  f32_sddmm_csr: 19000,
  f32_sddmm_bsr_2x1: 24000,
  f32_sddmm_bsr_4x1: 26000,
};
/** Dense product with 1, 2 to 3, and more rows. */
const GEMM = { single: 28000, few: 28000, many: 43000 } as const;
/** Bytes per microsecond, read and written together. */
const COPY_BYTES = 15000;
const COLUMN_BYTES = 14000;
const MEMORY_BYTES = 30000;
/** Starting a row of a sparse weight, per column tile. */
const ROW = 0.008;
/** One call from the plan. */
const CALL = 0.2;

const up = (n: number, to: number) => Math.ceil(n / to) * to;

/** C[m, n] = A[m, k] B[k, n], `batch` times. */
export function gemmCost(batch: number, m: number, n: number, k: number): number {
  const rate = m === 1 ? GEMM.single : m < 4 ? GEMM.few : GEMM.many;
  const flops = (2 * up(m, m < 4 ? 1 : 4) * up(n, 8) * k) / rate;
  return CALL + batch * Math.max(flops, (k * n * 4) / MEMORY_BYTES);
}

interface Sparse {
  /** Stored values, those that fill up blocks included. */
  readonly stored: number;
  /** Bytes of its row pointers: 4 per row or block row. */
  readonly pointerBytes: number;
}

/** A sparse weight times t columns in tiles of `tile`, by the export `name`. */
export function spmmCost(name: string, { stored, pointerBytes }: Sparse, t: number, tile: number): number {
  const tiles = Math.ceil(t / tile);
  return CALL + (2 * stored * tiles * tile) / RATE[name] + (ROW / 4) * pointerBytes * tiles;
}

/** The same times single columns, t calls. */
export function spmvCost(name: string, { stored, pointerBytes }: Sparse, t: number): number {
  return t * (CALL + (2 * stored) / RATE[name] + (ROW / 8) * pointerBytes);
}

/** Dot products over t at the stored positions, in panels of `width`. */
export function sddmmCost(name: string, { stored, pointerBytes }: Sparse, t: number, width: number): number {
  return spmmCost(name, { stored, pointerBytes }, t, width);
}

/** Moving `floats` numbers once, in runs. */
export function copyCost(floats: number): number {
  return CALL + (8 * floats) / COPY_BYTES;
}

/** Gathering an image into the columns of a convolution, or adding them back. */
export function columnsCost(floats: number): number {
  return CALL + (8 * floats) / COLUMN_BYTES;
}

/** Depthwise convolution: `outputs` elements of `taps` taps. */
export function depthwiseCost(outputs: number, taps: number): number {
  return CALL + (2 * outputs * taps) / 9000 + outputs / 2000;
}
