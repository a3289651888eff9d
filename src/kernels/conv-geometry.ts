/** The sizes of a convolution, and the calls that move one image into the columns it multiplies by. */
import type { Attributes, AttributeValue } from '../core/attributes.ts';
import { padsOf } from '../core/padding.ts';
import { format, type Shape } from '../core/shape.ts';
import type { Call } from './kernel.ts';

export interface Geometry {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly group: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top and left; bottom and right follow from the output. */
  readonly pads: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
  /** Pixels of the output: the columns. */
  readonly t: number;
  /** Channels of one group times kernel positions: what one output pixel sums over. */
  readonly depth: number;
  /** 1x1, stride 1, no padding: the image itself is the matrix of columns. */
  readonly pointwise: boolean;
}

function numbers(value: AttributeValue | undefined, count: number, fallback: number): readonly number[] | undefined {
  if (value === undefined) return new Array<number>(count).fill(fallback);
  return typeof value === 'object' && value.length === count && value.every(Number.isInteger) ? value : undefined;
}

/** The geometry of x [N, C, H, W] * w [OC, C / group, KH, KW] → y [N, OC, OH, OW], or why there is none. */
export function geometryOf(attributes: Attributes, x: Shape, w: Shape, y: Shape): Geometry | string {
  const shapes = () => `${format(x)} * ${format(w)} → ${format(y)}`;
  if (x.length !== 4 || w.length !== 4 || y.length !== 4) return `wants tensors of rank 4, got ${shapes()}`;
  const strides = numbers(attributes.strides, 2, 1);
  const pads = numbers(padsOf(attributes, x.slice(2), w.slice(2)), 4, 0);
  const dilations = numbers(attributes.dilations, 2, 1);
  const { group = 1 } = attributes;
  if (!strides || !pads || !dilations) return 'strides and dilations want 2 whole numbers, pads 4';
  if (typeof group !== 'number') return `group wants a number, got ${group}`;
  const [images, channels, height, width] = x;
  const [filters, perGroup, kh, kw] = w;
  const [outImages, outFilters, outHeight, outWidth] = y;
  if (outImages !== images || outFilters !== filters || perGroup * group !== channels || filters % group !== 0)
    return `wants [N, C, H, W] * [OC, C / ${group}, KH, KW] → [N, OC, OH, OW], got ${shapes()}`;
  const same = outHeight === height && outWidth === width;
  return {
    ...{ images, channels, height, width, filters, group, outHeight, outWidth },
    kernel: [kh, kw],
    strides: [strides[0], strides[1]],
    pads: [pads[0], pads[1]],
    dilations: [dilations[0], dilations[1]],
    t: outHeight * outWidth,
    depth: perGroup * kh * kw,
    pointwise: kh * kw === 1 && same && [...strides].every((s) => s === 1) && pads.every((p) => p === 0),
  };
}

/** The geometry arguments that im2col, col2im and depthwise share, for an image whose first output row is `firstRow`. */
export function windowArgs(g: Geometry, channels: number, firstRow = 0, outHeight = g.outHeight): number[] {
  return [
    ...[channels, g.height, g.width, ...g.kernel, ...g.strides, g.pads[0] - firstRow * g.strides[0], g.pads[1]],
    ...[...g.dilations, outHeight, g.outWidth],
  ];
}

/** Some of the output's pixels, one after another: whole rows, or any run where the image itself is the columns. */
export interface Band {
  readonly first: number;
  readonly count: number;
}

/** Bytes of columns that should be in the second cache when the product reads them. */
const BAND_BYTES = 1 << 18;

/** Cuts the output so that the columns of a band stay near; bands start at multiples of 16 pixels where they can. */
export function bandsOf(g: Geometry): Band[] {
  const pixels = Math.max(1, Math.floor(BAND_BYTES / (4 * Math.max(1, g.depth))));
  const step = g.pointwise
    ? Math.ceil(pixels / 16) * 16
    : Math.max(1, Math.round(pixels / Math.max(1, g.outWidth))) * g.outWidth;
  const bands: Band[] = [];
  for (let first = 0; first < g.t; first += step) bands.push({ first, count: Math.min(step, g.t - first) });
  return bands;
}

/** Bytes of the columns of the largest band, in panels of `width`. */
export function bandBytes(g: Geometry, width: number): number {
  const longest = bandsOf(g).reduce((most, { count }) => Math.max(most, count), 0);
  return Math.ceil(longest / width) * width * g.depth * 4;
}

/** Some rows of the image in planes with a border, sorted into phases where the stride is not 1; assembly/conv/phases.ts draws it. */
export interface Slab {
  readonly bands: readonly { readonly first: number; readonly rows: number }[];
  /** Rows of the output in a band; the last may have fewer. */
  readonly rows: number;
  /** Rows of the image, border included, that a band reads. */
  readonly inputRows: number;
  /** Phases of rows and of columns that are read: all, or the first alone. */
  readonly phases: readonly [number, number];
  readonly phaseRows: number;
  /** Columns of a phase. */
  readonly pitch: number;
  readonly planeBytes: number;
  /** All planes, and what may be read past the last one. */
  readonly bytes: number;
}

/** Bytes of a slab that should be in the second cache while the filters pass over it. */
const SLAB_BYTES = 1 << 19;
/** Rows of the output below which the rows that neighbouring bands share would be packed too often. */
const LEAST_ROWS = 8;
const TILE_BYTES = 64;

/** From the first tap of a window to its last. */
export function reachOf({ kernel, dilations }: Geometry): readonly [number, number] {
  return [(kernel[0] - 1) * dilations[0], (kernel[1] - 1) * dilations[1]];
}

/**
 * Floats from row to row of an image with its border, stride 1: what a window reads past the right edge is the left border of
 * the next row.
 */
export function sharedPitch(g: Geometry, left: number): number {
  const reached = g.outWidth + reachOf(g)[1];
  return Math.max(g.outWidth, Math.min(left + g.width, reached), reached - left);
}

export function slabOf(g: Geometry): Slab {
  const { channels, strides, dilations, outHeight, outWidth } = g;
  const [reachY, reachX] = reachOf(g);
  const left = Math.max(0, g.pads[1]);
  const pitch = strides[1] === 1 ? sharedPitch(g, left) : outWidth + Math.floor(reachX / strides[1]);
  const read = (axis: 0 | 1) => (g.kernel[axis] === 1 || dilations[axis] % strides[axis] === 0 ? 1 : strides[axis]);
  const phases = [read(0), read(1)] as const;
  const rowBytes = Math.max(1, channels * phases[0] * phases[1] * pitch * 4);
  const fitting = Math.floor(SLAB_BYTES / rowBytes) - Math.ceil(reachY / strides[0]);
  const count = Math.max(1, Math.ceil(outHeight / Math.max(LEAST_ROWS, fitting)));
  const rows = Math.ceil(outHeight / count);
  const inputRows = (rows - 1) * strides[0] + reachY + 1;
  const phaseRows = Math.ceil(inputRows / strides[0]);
  const planeBytes = phases[0] * phases[1] * phaseRows * pitch * 4;
  const bands = Array.from({ length: rows === 0 ? 0 : Math.ceil(outHeight / rows) }, (_, i) => ({
    first: i * rows,
    rows: Math.min(rows, outHeight - i * rows),
  }));
  const bytes = channels * planeBytes + left * 4 + TILE_BYTES;
  return { bands, rows, inputRows, phases, phaseRows, pitch, planeBytes, bytes };
}

/** Packs the rows that the output rows from `firstRow` read. Rows of the image lie `from.pitch` floats apart, planes `from.plane`. */
export function packSlab(
  g: Geometry,
  { inputRows, phases, phaseRows, pitch }: Slab,
  firstRow: number,
  image: number,
  to: number,
  from: { readonly pitch: number; readonly plane: number } = { pitch: g.width, plane: g.height * g.width },
): Call {
  return {
    kernel: 'f32_pack_slab',
    args: [
      ...[g.channels, g.height, g.width, firstRow * g.strides[0] - g.pads[0], inputRows, g.pads[1]],
      ...[...g.strides, ...phases, phaseRows, pitch, image, from.pitch, from.plane, to],
    ],
  };
}

/** Planes [rows][t], of which `count` columns from `first`, to panels [ceil(count / width)][rows][width]. */
export function packPlanes(
  width: number,
  rows: number,
  t: number,
  { first, count }: Band,
  from: number,
  to: number,
): Call {
  if (width === 8) return { kernel: 'f32_pack_columns_8', args: [1, rows, count, from + first * 4, 0, t, 1, to] };
  return { kernel: 'f32_pack_columns_16', args: [rows, count, from + first * 4, t, to] };
}

/** The pixels of a band of a pointwise convolution, which are its columns: panels [ceil(count / width)][channels][width]. */
export function packColumns(width: number, g: Geometry, band: Band, image: number, to: number): Call {
  return packPlanes(width, g.channels / g.group, g.t, band, image, to);
}

export const packExports = ['f32_pack_columns_8', 'f32_pack_columns_16'] as const;
