/**
 * Convolution with a sparse filter without columns: the taps of a filter are offsets into the image, which lies in planes with
 * a border, and pixels next to each other in the output read pixels next to each other. So the products of spmm.ts run over the
 * image itself, over whole rows with their border: what falls on the border is computed and left behind.
 *
 *     planes  [C][phases][rows][pitch]      output of a filter  [rows][pitch]     left behind:  columns from OW to pitch
 *             ^ + offset of a tap (c, ky, kx) + pixel
 *
 * The planes are those the image lies in already (planes.ts), or a slab of it, packed band by band. Where the output lies in
 * planes of the same pitch the product writes it there; what is left behind is covered by zeros afterwards. Rows that tiles
 * fill are computed one by one, and nothing is left behind.
 */
import { type Geometry, packSlab, reachOf, type Slab, sharedPitch, slabOf } from './conv-geometry.ts';
import type { Epilogue } from './epilogue.ts';
import type { Call, Layout } from './kernel.ts';
import { copyPlanes, isPlanes, originOf, type Planes, planesLayout } from './planes.ts';
import { type Spmm, spmmCall, type Weight, widthFor } from './spmm.ts';
import type { Kind } from './walk.ts';

export const tapsExports = ['f32_pack_slab', 'f32_crop', 'f32_clear_border'] as const;

/** How the output is computed, band by band. */
export interface Taps {
  readonly slab: Slab;
  /** The planes of the image where it is not packed. */
  readonly image: Planes | undefined;
  /** Floats from row to row of what is multiplied. */
  readonly pitch: number;
  /** Lanes of the tiles. */
  readonly width: 8 | 16;
  /** Whether each row of the output is a product of its own. */
  readonly byRow: boolean;
  /** Whether the product writes the output where it belongs. */
  readonly direct: boolean;
  readonly pattern: Layout;
  /** Bytes from channel to channel of what is multiplied. */
  readonly planeBytes: number;
  /** Bytes of the image's slab, then of an output that is to be cropped. */
  readonly slabBytes: number;
  readonly scratchBytes: number;
  /** Pixels that are computed in all bands together. */
  readonly pixels: number;
}

/** The planes in which a convolution reads its image as it is; undefined where strides sort it into phases. */
export function imagePlanes(g: Geometry): Planes | undefined {
  if (g.strides.some((stride) => stride !== 1)) return undefined;
  const [top, left] = g.pads.map((pad) => Math.max(0, pad));
  const pitch = Math.max(left + g.width, sharedPitch(g, left));
  const floats = pitch * Math.max(top + g.height, g.outHeight + reachOf(g)[0]);
  return { top, left, pitch, plane: (Math.ceil(floats / LINE) | 1) * LINE };
}

/** Floats of a cache line. An odd number of lines apart, the same pixel of all channels meets every set of the cache. */
const LINE = 16;

/** Whether windows find zeros wherever they leave an image in these planes, and tiles something to read behind it. */
function reaches(g: Geometry, from: Layout, { top, left, pitch, plane }: Planes): boolean {
  const [reachY, reachX] = reachOf(g);
  const [above, before] = [top - g.pads[0], left - g.pads[1]];
  const lastColumn = before + g.outWidth - 1 + reachX;
  return (
    isPlanes(from) &&
    g.strides.every((stride) => stride === 1) &&
    above >= 0 &&
    before >= 0 &&
    g.outWidth <= pitch &&
    lastColumn - pitch < left &&
    (above + g.outHeight + reachY) * pitch <= plane
  );
}

/** Where an image lies and where its output is to lie: in planes, `rows` among them. */
export interface Places {
  readonly from: Layout;
  readonly source: Planes;
  readonly to: Layout;
  readonly made: Planes;
}

export function tapsOf(g: Geometry, { kind }: Pick<Spmm, 'kind'>, { from, source, made }: Places): Taps {
  const slab = slabOf(g);
  const image = reaches(g, from, source) ? source : undefined;
  const pitch = image?.pitch ?? slab.pitch;
  const most = (slab.rows - 1) * pitch + g.outWidth;
  const slabBytes = image ? 0 : slab.bytes;
  const planeBytes = image ? image.plane * 4 : slab.planeBytes;
  const byRow = fillsTiles(g);
  const direct = byRow || pitch === made.pitch;
  const pixelsOf = (rows: number) => (byRow ? rows * g.outWidth : (rows - 1) * pitch + g.outWidth);
  return {
    ...{ slab, image, pitch, planeBytes, slabBytes, byRow, direct },
    width: widthFor(most),
    pattern: tapsPattern(kind, planeBytes, image ? plainOffsets(g, pitch) : offsetsOf(g, slab)),
    scratchBytes: slabBytes + (direct ? 0 : g.filters * most * 4),
    pixels: slab.bands.reduce((sum, { rows }) => sum + pixelsOf(rows), 0),
  };
}

/** Whether rows of the output are whole tiles. */
function fillsTiles({ outWidth }: Geometry): boolean {
  return outWidth > 0 && outWidth % 16 === 0;
}

/** The layout of a pattern whose columns are taps, see forms.ts. */
export function tapsPattern(kind: Kind, planeBytes: number, offsets: readonly number[]): Layout {
  return `${kind}.pattern.taps.${[planeBytes, ...offsets].join('.')}`;
}

/** For each (ky, kx), with its distance from the first tap. */
function taps<T>({ kernel, dilations }: Geometry, each: (row: number, column: number) => T): T[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) =>
    each(Math.floor(tap / kernel[1]) * dilations[0], (tap % kernel[1]) * dilations[1]),
  );
}

/** In bytes from the first pixel of a plane, for each tap. */
export function offsetsOf(g: Geometry, { phases, phaseRows, pitch }: Slab): number[] {
  const { strides } = g;
  return taps(g, (row, column) => {
    const phase = (row % strides[0]) * phases[1] + (column % strides[1]);
    return 4 * ((phase * phaseRows + Math.floor(row / strides[0])) * pitch + Math.floor(column / strides[1]));
  });
}

/** The same without phases. */
function plainOffsets(g: Geometry, pitch: number): number[] {
  return taps(g, (row, column) => 4 * (row * pitch + column));
}

/** Addresses of one image. */
export interface TapsAt {
  /** Of the buffer's part that holds the image. */
  readonly image: number;
  readonly pattern: number;
  readonly values: number;
  readonly bias: number;
  readonly scratch: number;
  /** Of the first pixel of the image's output. */
  readonly out: number;
}

/** The calls for one band of an image; what surrounds its output is not cleared. */
export function tapsCalls(
  name: string,
  g: Geometry,
  { slab, image, pitch, width, planeBytes, slabBytes, byRow, direct }: Taps,
  weight: Weight,
  { bounds }: Epilogue,
  { source, made }: Places,
  band: Slab['bands'][number],
  at: TapsAt,
): Call[] {
  const columns = (band.rows - 1) * pitch + g.outWidth;
  const place = at.out + band.first * made.pitch * 4;
  const aside = at.scratch + slabBytes;
  const firstTap = image && (image.top - g.pads[0] + band.first) * pitch + image.left - g.pads[1];
  const x = firstTap === undefined ? at.scratch : at.image + firstTap * 4;
  const [inputs, filters] = [g.channels / g.group, g.filters / g.group];
  const outRow = direct ? made.plane : columns;
  // One call per group, over the planes of its channels.
  const multiply = (t: number, row: number) =>
    Array.from({ length: g.group }, (_, group) =>
      spmmCall(
        name,
        // The next tile of pixels is the next lanes of the same planes.
        { ...weight, depth: 1 },
        {
          ...{ width, t, bounds, pattern: at.pattern, values: at.values, bias: at.bias },
          ...{ row: group * filters, rows: filters, x: x + group * inputs * planeBytes + row * pitch * 4, outRow },
          out: (direct ? place + row * made.pitch * 4 : aside) + group * filters * outRow * 4,
        },
      ),
    );
  const products = byRow
    ? Array.from({ length: band.rows }, (_, row) => multiply(g.outWidth, row)).flat()
    : multiply(columns, 0);
  const pack = image ? [] : [packSlab(g, slab, band.first, at.image + originOf(source) * 4, at.scratch, source)];
  const area = { planes: g.filters, rows: band.rows };
  const crop = direct
    ? []
    : [copyPlanes(area, g.outWidth, { pitch, plane: columns, at: aside }, { ...made, at: place })];
  return [...pack, ...products, ...crop];
}

/** The layout of an output that the product writes as it computes it; undefined where that is `rows`. */
export function naturalLayout(g: Geometry, { from, source }: Places): Layout | undefined {
  const pitch = reaches(g, from, source) ? source.pitch : slabOf(g).pitch;
  return pitch === g.outWidth || fillsTiles(g)
    ? undefined
    : planesLayout({ top: 0, left: 0, pitch, plane: pitch * g.outHeight });
}
