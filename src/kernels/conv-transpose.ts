/**
 * Transposed convolutions: the transposed filter times the image gives columns, which are gathered into rows of the result.
 * Bands of output rows keep the columns near; a band multiplies the input rows that it reaches.
 */
import { shared } from '../core/padding.ts';
import { sizeOf } from '../core/shape.ts';
import { packPlanes } from './conv-geometry.ts';
import { columnsCost, copyCost, gemmCost } from './cost.ts';
import { biasAt, EPILOGUE, epilogueOf, epilogueReads, finishCalls, unbounded } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { listOf, numberOf, readRows, wanted } from './match.ts';
import { along } from './split.ts';

type Pair = readonly [y: number, x: number];

export interface TransposeGeometry {
  readonly images: number;
  readonly group: number;
  /** Channels of one group, in and out. */
  readonly channels: number;
  readonly filters: number;
  readonly from: Pair;
  readonly to: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Top and left. */
  readonly pads: Pair;
}

/** Lines count as images of height 1. */
export function geometryOf({ attributes, inputs, outputs }: Request): TransposeGeometry | string {
  const [x, w] = inputs;
  const [y] = outputs;
  if (!isPlain(x) || !isPlain(w) || x.shape.length < 3 || x.shape.length > 4)
    return wanted('a plain float32 image [N, C, ...] over one or two axes, and such filters', inputs);
  const axes = x.shape.length - 2;
  const pair = (list: readonly number[], still: number): Pair => (axes === 2 ? [list[0], list[1]] : [still, list[0]]);
  const list = (name: string, fallback: number) => {
    const given = listOf(attributes, name, []);
    return given.length > 0 ? given : new Array<number>(2 * axes).fill(fallback);
  };
  const [from, to, kernel] = [x, y, w].map(({ shape }) => pair(shape.slice(2), 1));
  const [strides, dilations] = [pair(list('strides', 1), 1), pair(list('dilations', 1), 1)];
  const extra = pair(list('outputPadding', 0), 0);
  const given = listOf(attributes, 'outputShape', []).length > 0;
  const { autoPad = 'none' } = attributes;
  // Where the output's extent is told, the padding follows from it.
  const begins = [0, 1].map((axis) => {
    const full = (from[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 + extra[axis];
    return shared(Math.max(0, full - to[axis]), autoPad === 'sameUpper')[0];
  });
  const told = given || autoPad !== 'none';
  const group = numberOf(attributes, 'group', 1);
  return {
    ...{ images: x.shape[0], group, channels: x.shape[1] / group, filters: w.shape[1] },
    ...{ from, to, kernel, strides, dilations },
    pads: told ? [begins[0], begins[1]] : pair(list('pads', 0), 0),
  };
}

interface Band {
  /** Output rows. */
  readonly first: number;
  readonly count: number;
  /** The input rows that they take. */
  readonly from: number;
  readonly rows: number;
}

/** Bytes of columns that should be in the second cache when they are gathered. */
const BAND_BYTES = 1 << 18;

function bandsOf({ from, to, kernel, strides, dilations, pads, filters }: TransposeGeometry): Band[] {
  const reach = (kernel[0] - 1) * dilations[0];
  const rowBytes = Math.max(1, filters * sizeOf(kernel) * from[1] * 4);
  // Input rows that two bands share are multiplied twice: there should be few of them.
  const overlap = Math.ceil(Math.max(0, reach + 1 - strides[0]) / strides[0]);
  const rows = Math.max(1, 4 * overlap, Math.floor(BAND_BYTES / rowBytes));
  const bands: Band[] = [];
  for (let first = 0; first < to[0]; first += rows * strides[0]) {
    const count = Math.min(rows * strides[0], to[0] - first);
    const start = Math.min(from[0], Math.max(0, Math.ceil((first + pads[0] - reach) / strides[0])));
    const end = Math.min(from[0], Math.floor((first + count - 1 + pads[0]) / strides[0]) + 1);
    bands.push({ first, count, from: start, rows: Math.max(0, end - start) });
  }
  return bands;
}

function match(request: Request): Match | string {
  const g = geometryOf(request);
  if (typeof g === 'string') return g;
  const epilogue = epilogueOf(request, g.filters * g.group);
  if (typeof epilogue === 'string') return epilogue;
  const bands = bandsOf(g);
  const [m, k] = [g.filters * sizeOf(g.kernel), g.channels];
  const [image, area] = [sizeOf(g.from), sizeOf(g.to)];
  const longest = bands.reduce((most, { rows }) => Math.max(most, rows * g.from[1]), 0);
  const packed = Math.ceil(longest / 8) * 8 * k * 4;
  const each = bands.reduce((sum, { rows }) => {
    const n = rows * g.from[1];
    return sum + copyCost(k * n) + gemmCost(1, m, n, k) + columnsCost(m * n);
  }, 0);
  const packing = bands.reduce((sum, { rows }) => sum + copyCost(k * rows * g.from[1]), 0);
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      repacking: g.images * g.group * packing,
      microseconds: g.images * g.group * each + epilogue.microseconds,
      scratchBytes: packed + m * longest * 4,
    },
    {
      extent: g.images * g.group * bands.length,
      unit: 1,
      calls(at, first, count) {
        const {
          reads: [x, w],
          writes: [y],
          scratch,
        } = at;
        const bias = biasAt(epilogue, at);
        return Array.from({ length: count }, (_, i) => {
          const [plane, band] = [Math.floor((first + i) / bands.length), bands[(first + i) % bands.length]];
          const group = plane % g.group;
          const n = band.rows * g.from[1];
          const columns = scratch + packed;
          const pixels = { first: band.from * g.from[1], count: n };
          const start = plane * g.filters * area + band.first * g.to[1];
          const product = [
            packPlanes(8, k, image, pixels, x + plane * k * image * 4, scratch),
            gemmCall({
              ...{ m, n, k, bounds: unbounded, b: scratch, c: columns, cRow: n },
              ...{ a: w + group * k * m * 4, aStrides: [0, 1, m] },
            }),
          ];
          const gather = {
            kernel: 'f32_conv_transpose',
            args: [
              ...[g.filters, band.rows, g.from[1], ...g.kernel, ...g.strides, ...g.pads, ...g.dilations],
              ...[band.from, band.first, band.count, g.to[1], columns, bias && bias + group * g.filters * 4],
              ...[epilogue.bounds.lo, epilogue.bounds.hi, y + start * 4, area],
            ],
          };
          const stretch = { first: start, rows: g.filters, n: band.count * g.to[1], row: area };
          return [...(n > 0 ? product : []), gather, ...finishCalls(epilogue, at, stretch)];
        }).flat();
      },
    },
  );
}

export const convTransposeKernels: readonly Kernel[] = [
  {
    name: 'f32_conv_transpose',
    exports: ['f32_conv_transpose', 'f32_gemm_4x8', 'f32_pack_columns_8', EPILOGUE],
    op: 'convTranspose',
    match,
  },
];
