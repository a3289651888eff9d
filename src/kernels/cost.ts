/**
 * Predicted microseconds of the matrix kernels, from a few measured rates (one thread, about 3.6 GHz; `npm run bench --
 * kernels` measures them). They only have to rank alternatives: dense against sparse, one format against another.
 */

/**
 * What the rates depend on. Plain SIMD is one class on old engines and new ones, though they differ: plans, and with them
 * the order of sums, must not depend on the engine where the same bits are promised on every one.
 */
export type EngineClass = 'simd' | 'relaxed';

interface Rates {
  /** Flops per microsecond of the exports, when the columns fill their tiles. */
  readonly sparse: Readonly<Record<string, number>>;
  /** Dense product with 1, 2 to 3, and more rows. */
  readonly gemm: { readonly single: number; readonly few: number; readonly many: number };
}

const RATES: Readonly<Record<EngineClass, Rates>> = {
  simd: {
    sparse: {
      f32_spmm_csr_1x8: 27000,
      f32_spmm_csr_1x16: 32500,
      f32_spmm_csr_1x32: 32500,
      f32_spmm_bsr_2x16: 38500,
      f32_spmm_bsr_4x8: 38000,
      f32_spmm_bsr_4x16: 39000,
      f32_sddmm_csr: 19000,
      f32_sddmm_bsr_2x1: 24000,
      f32_sddmm_bsr_4x1: 26000,
      f32_sddmm_planes_csr: 30000,
      f32_sddmm_planes_bsr_2x1: 32000,
      f32_sddmm_planes_bsr_4x1: 32000,
    },
    gemm: { single: 28000, few: 28000, many: 43000 },
  },
  relaxed: {
    sparse: {
      f32_spmm_csr_1x8: 31000,
      f32_spmm_csr_1x16: 35000,
      f32_spmm_csr_1x32: 52000,
      f32_spmm_bsr_2x16: 51000,
      f32_spmm_bsr_4x8: 49500,
      f32_spmm_bsr_4x16: 52500,
      f32_sddmm_csr: 25500,
      f32_sddmm_bsr_2x1: 27500,
      f32_sddmm_bsr_4x1: 26000,
      f32_sddmm_planes_csr: 35000,
      f32_sddmm_planes_bsr_2x1: 38000,
      f32_sddmm_planes_bsr_4x1: 38000,
    },
    gemm: { single: 28000, few: 28000, many: 57000 },
  },
};
/**
 * The same for one column, and the microseconds that a row or block row costs besides. Here memory sets the pace: the rates
 * stand for weights that no cache holds, as MEMORY_BYTES does for the dense product.
 */
const SINGLE: Readonly<Record<string, { readonly rate: number; readonly row: number }>> = {
  f32_spmv_csr: { rate: 3800, row: 0.008 },
  f32_spmv_sell_4: { rate: 6300, row: 0.008 },
  f32_spmv_bsr_1x4: { rate: 8900, row: 0.01 },
  f32_spmv_bsr_4x1: { rate: 11600, row: 0.012 },
  f32_spmv_bsr_8x1: { rate: 12500, row: 0.012 },
  f32_spmv_bsr_16x1: { rate: 13200, row: 0.012 },
};
/** Bytes per microsecond, read and written together. */
const COPY_BYTES = 15000;
const COLUMN_BYTES = 14000;
const MEMORY_BYTES = 30000;
/** The same where a cache close to the core holds them. */
const NEAR_RATE = 60000;
/** Starting a row of a sparse weight, per column tile. */
const ROW = 0.008;
/** One call from the plan. */
const CALL = 0.2;

const up = (n: number, to: number) => Math.ceil(n / to) * to;

/** C[m, n] = A[m, k] B[k, n], `batch` times. */
export function gemmCost(batch: number, m: number, n: number, k: number, engine: EngineClass = 'simd'): number {
  const { single, few, many } = RATES[engine].gemm;
  const rate = m === 1 ? single : m < 4 ? few : many;
  const flops = (2 * up(m, m < 4 ? 1 : 4) * up(n, 8) * k) / rate;
  return CALL + batch * Math.max(flops, (k * n * 4) / MEMORY_BYTES);
}

interface Sparse {
  /** Stored values, those that fill up blocks included. */
  readonly stored: number;
  /** Bytes of its row pointers: 4 per row or block row. */
  readonly pointerBytes: number;
  /** What is summed over: rows of a panel. */
  readonly depth: number;
  /** Into how many tiles of columns it is cut; default 1. */
  readonly tiles?: number;
}

/** Bytes of X that stay in the first cache, about. */
export const FIRST_CACHE = 65536;
/** Where what a tile of columns reads of X outgrows the first cache, rows that share no load of it wait longer. */
const waits = (name: string, bytes: number) => (name.includes('_csr') && bytes > FIRST_CACHE ? 1.2 : 1);

/** A sparse weight times t columns in tiles of `tile`, by the export `name`. */
export function spmmCost(name: string, sparse: Sparse, t: number, tile: number, engine: EngineClass = 'simd'): number {
  const { stored, pointerBytes, depth, tiles = 1 } = sparse;
  // A tile of 32 takes as long to start a row as two of 16, which take what columns it leaves.
  const lanes = Math.min(tile, 16);
  const runs = Math.ceil(t / lanes);
  const flops = 2 * stored * runs * lanes * waits(name, (depth / tiles) * tile * 4);
  return CALL * tiles + flops / RATES[engine].sparse[name] + (ROW / 4) * pointerBytes * tiles * runs;
}

/** The same times single columns, t calls. */
export function spmvCost(name: string, { stored, pointerBytes }: Sparse, t: number): number {
  const { rate, row } = SINGLE[name];
  return t * (CALL + (2 * stored) / rate + (row / 4) * pointerBytes);
}

/** Dot products over t at the stored positions, in panels of `width`. */
export function sddmmCost(name: string, sparse: Sparse, t: number, width: number, engine?: EngineClass): number {
  return spmmCost(name, sparse, t, width, engine);
}

/** Starting a dot product of planes: what comes before its lines and after them. */
const DOT = 0.0025;

/** Dot products of planes of so many lines: a line's last numbers take as long as a whole vector. */
function dotsCost(dots: number, lines: number, width: number, rate: number): number {
  return (8 * dots * lines * Math.ceil(width / 4)) / rate + DOT * dots;
}

/** One at every stored position. */
export function sddmmPlanesCost(
  name: string,
  { stored }: { readonly stored: number },
  lines: number,
  width: number,
  engine: EngineClass = 'simd',
): number {
  return CALL + dotsCost(stored, lines, width, RATES[engine].sparse[name]);
}

/** One at every tap of `filters` depthwise filters. */
export function depthwiseWeightCost(filters: number, taps: number, lines: number, width: number): number {
  return CALL + dotsCost(filters * taps, lines, width, 30000) + copyCost(2 * filters * lines * width);
}

/** What so many calls take besides their work. */
export function callsCost(calls: number): number {
  return calls * CALL;
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
  return CALL + (2 * outputs * taps) / 30000 + outputs / 3500;
}

/**
 * What follows a product in the same step, at so many nanoseconds per float: the result is still near, a residual comes
 * from afar.
 */
export function epilogueCost(floats: number, nanoseconds: number, residual: boolean): number {
  const function_ = Math.max((8 * floats) / NEAR_RATE, (floats * nanoseconds) / 1000);
  return function_ + (residual ? (4 * floats) / COPY_BYTES + (8 * floats) / NEAR_RATE : 0);
}

interface Attended {
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
  readonly valueSize: number;
}

/** Both products, the exponentials between them, and panels of keys and values, for so many heads. */
export function attentionCost(
  heads: number,
  { queries, keys, size, valueSize }: Attended,
  engine: EngineClass = 'simd',
): number {
  const products = (2 * queries * up(keys, 8) * size + 2 * queries * up(valueSize, 8) * keys) / RATES[engine].gemm.many;
  const panels = (8 * keys * (size + valueSize)) / COLUMN_BYTES;
  return CALL + heads * (products + panels + (queries * keys) / 1200);
}
