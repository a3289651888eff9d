/**
 * Dense convolutions with a window: a product whose right side is packed panel by panel, by offsets into the image in planes
 * with a border (assembly/conv/dense.ts), so that there are no columns of the whole image.
 */
import { type Geometry, packSlab, type Slab, slabOf } from './conv-geometry.ts';
import { offsetsOf } from './conv-taps.ts';
import { copyCost, type EngineClass, gemmCost } from './cost.ts';
import type { Bounds } from './epilogue.ts';
import { groupsOf, ROWS } from './gemm-parts.ts';
import type { Call } from './kernel.ts';

export const windowExports = ['f32_conv_4x8', 'f32_pack_slab'] as const;

/** Where a product may be cut: every build takes its filters in tiles of 4 or of 6, and some in groups of a multiple of both. */
export const FILTERS = 3 * ROWS;

/** How the convolution of one image and one group runs. */
export interface Windows {
  readonly g: Geometry;
  readonly slab: Slab;
  /** Bytes from the start of the slab to row (c, ky, kx) of the right side. */
  readonly offsets: Int32Array;
  readonly slabBytes: number;
  readonly scratchBytes: number;
  /** Predicted time of one image and one group. */
  readonly microseconds: number;
  /** Of that what packs the slabs. */
  readonly repacking: number;
}

/** Floats per microsecond that get into panels, from a slab that is near. */
const PANEL_RATE = 12000;

export function windowsOf(whole: Geometry, engine?: EngineClass): Windows {
  const g = { ...whole, channels: whole.channels / whole.group, filters: whole.filters / whole.group, group: 1 };
  const slab = slabOf(g);
  const taps = offsetsOf(g, slab);
  const offsets = Int32Array.from(
    { length: g.depth },
    (_, k) => Math.floor(k / taps.length) * slab.planeBytes + taps[k % taps.length],
  );
  const slabBytes = Math.ceil(slab.bytes / 64) * 64;
  const { height, width, block } = groupsOf(g.depth);
  const panels = Math.ceil(Math.min(g.filters > height ? width : 8, slab.rows * g.outWidth) / 8);
  const repacking = copyCost((slabBytes / 4) * slab.bands.length);
  return {
    ...{ g, slab, offsets, slabBytes, repacking },
    scratchBytes: slabBytes + panels * block * 32,
    microseconds: repacking + (g.t * g.depth) / PANEL_RATE + gemmCost(1, g.filters, g.t, g.depth, engine),
  };
}

/** Addresses of one image, of the filters and of what they make; the table holds the offsets. */
export interface WindowsAt {
  readonly image: number;
  readonly filters: number;
  readonly bias: number;
  readonly table: number;
  readonly scratch: number;
  /** Of the first pixel of the first filter, and floats from filter to filter. */
  readonly out: number;
  readonly outRow: number;
}

/** The calls that make `count` filters from `first` in one band, whose pixels are the next in `out`. */
export function windowCalls(
  { g, slab, slabBytes }: Windows,
  band: Slab['bands'][number],
  { lo, hi }: Bounds,
  [first, count]: readonly [number, number],
  { image, filters, bias, table, scratch, out, outRow }: WindowsAt,
): Call[] {
  const place = out + (first * outRow + band.first * g.outWidth) * 4;
  return [
    packSlab(g, slab, band.first, image, scratch),
    {
      kernel: 'f32_conv_4x8',
      args: [
        ...[count, g.depth, band.rows * g.outWidth, g.outWidth, slab.pitch],
        ...[filters + first * g.depth * 4, table, scratch, bias && bias + first * 4, lo, hi],
        ...[place, outRow, scratch + slabBytes],
      ],
    },
  ];
}
