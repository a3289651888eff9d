/**
 * Convolution with a sparse filter without columns: the taps of a filter are offsets into the image, which lies in planes with
 * a border, and pixels next to each other in the output read pixels next to each other. So the products of spmm.ts run over the
 * image itself, over whole rows with their border: what falls on the border is computed and left behind.
 *
 *     slab  [C][phases][rows][pitch]        output of a filter  [rows][pitch]     left behind:  columns from OW to pitch
 *           ^ + offset of a tap (c, ky, kx) + pixel
 */
import { type Geometry, type Slab, slabOf } from './conv-geometry.ts';
import type { Epilogue } from './epilogue.ts';
import type { Kind } from './forms.ts';
import type { Call, Layout } from './kernel.ts';
import { type Spmm, spmmCall, type Weight, widthFor } from './spmm.ts';

export const tapsExports = ['f32_pack_slab', 'f32_crop'] as const;

/** How one band of the output is computed. */
export interface Taps {
  readonly slab: Slab;
  /** Lanes of the tiles. */
  readonly width: 8 | 16;
  readonly pattern: Layout;
  readonly scratchBytes: number;
  /** Pixels that are computed in all bands together. */
  readonly pixels: number;
}

export function tapsOf(g: Geometry, { kind }: Spmm): Taps {
  const slab = slabOf(g);
  const most = (slab.rows - 1) * slab.pitch + g.outWidth;
  const outBytes = slab.pitch === g.outWidth ? 0 : g.filters * most * 4;
  return {
    slab,
    width: widthFor(most),
    pattern: tapsPattern(kind, slab.planeBytes, offsetsOf(g, slab)),
    scratchBytes: slab.bytes + outBytes,
    pixels: slab.bands.reduce((sum, { rows }) => sum + (rows - 1) * slab.pitch + g.outWidth, 0),
  };
}

/** The layout of a pattern whose columns are taps, see forms.ts. */
export function tapsPattern(kind: Kind, planeBytes: number, offsets: readonly number[]): Layout {
  return `${kind}.pattern.taps.${[planeBytes, ...offsets].join('.')}`;
}

/** In bytes from the first pixel of a plane, for each (ky, kx). */
export function offsetsOf({ kernel, strides, dilations }: Geometry, { phaseRows, pitch }: Slab): number[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const row = Math.floor(tap / kernel[1]) * dilations[0];
    const column = (tap % kernel[1]) * dilations[1];
    const phase = (row % strides[0]) * strides[1] + (column % strides[1]);
    return 4 * ((phase * phaseRows + Math.floor(row / strides[0])) * pitch + Math.floor(column / strides[1]));
  });
}

/** Addresses of one band of one image. */
export interface TapsAt {
  readonly image: number;
  readonly pattern: number;
  readonly values: number;
  readonly bias: number;
  readonly scratch: number;
  /** Of the image's output. */
  readonly out: number;
}

export function tapsCalls(
  name: string,
  g: Geometry,
  { slab, width }: Taps,
  weight: Weight,
  { bounds }: Epilogue,
  band: Slab['bands'][number],
  at: TapsAt,
): Call[] {
  const { pitch, phaseRows } = slab;
  const columns = (band.rows - 1) * pitch + g.outWidth;
  const direct = pitch === g.outWidth;
  const place = at.out + band.first * g.outWidth * 4;
  const aside = at.scratch + slab.bytes;
  const product = spmmCall(
    name,
    // The next tile of pixels is the next lanes of the same planes.
    { ...weight, depth: 1 },
    {
      ...{ width, t: columns, bounds, pattern: at.pattern, values: at.values, bias: at.bias, x: at.scratch },
      ...(direct ? { out: place, outRow: g.t } : { out: aside, outRow: columns }),
    },
  );
  const pack = {
    kernel: 'f32_pack_slab',
    args: [
      ...[g.channels, g.height, g.width, band.first * g.strides[0] - g.pads[0], slab.inputRows, g.pads[1]],
      ...[...g.strides, phaseRows, pitch, at.image, at.scratch],
    ],
  };
  const crop = {
    kernel: 'f32_crop',
    args: [g.filters, band.rows, g.outWidth, pitch, aside, columns * 4, place, g.t * 4],
  };
  return direct ? [pack, product] : [pack, product, crop];
}
