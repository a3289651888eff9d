/** The exports that multiply panels by a sparse weight: which there are, what they read of the weight, how they are called. */
import { invariant } from '../core/errors.ts';
import { matrixView, type SparseConstant } from '../formats/constant.ts';
import { type Bounds, unbounded } from './epilogue.ts';
import type { Call, Layout } from './kernel.ts';
import { tilesOf } from './tiles.ts';
import { blockRows, type Kind, valuesLayout, walkable, walkSize } from './walk.ts';

/** One export of the family: what it walks, how many columns at a time, and in which panels. */
export interface Spmm {
  readonly name: string;
  readonly kind: Kind;
  readonly tile: 8 | 16 | 32;
  readonly widths: readonly number[];
  /** Takes the weight in tiles of columns. */
  readonly tiled?: boolean;
}

export const spmmVariants: readonly Spmm[] = [
  { name: 'f32_spmm_csr_1x8', kind: 'csr', tile: 8, widths: [8] },
  { name: 'f32_spmm_csr_1x16', kind: 'csr', tile: 16, widths: [16] },
  { name: 'f32_spmm_csr_1x32', kind: 'csr', tile: 32, widths: [16], tiled: true },
  { name: 'f32_spmm_bsr_2x16', kind: 'bsr2x1', tile: 16, widths: [16] },
  { name: 'f32_spmm_bsr_4x8', kind: 'bsr4x1', tile: 8, widths: [8, 16] },
  { name: 'f32_spmm_bsr_4x16', kind: 'bsr4x1', tile: 16, widths: [16] },
];

/** Lanes of the panels for t columns. All kernels agree on it, so that one layer's output is the next one's input. */
export function widthFor(t: number): 8 | 16 {
  return t <= 8 ? 8 : 16;
}

/** The pattern and values a kernel of `kind` reads, for W or for its transpose, and the sizes it works on. */
export interface Weight {
  readonly constant: SparseConstant;
  /** Output rows. */
  readonly rows: number;
  /** Bytes of the row pointers, behind which the offsets lie. */
  readonly pointerBytes: number;
  /** What is summed over. */
  readonly depth: number;
  readonly stored: number;
  readonly pattern: (width: number) => Layout;
  readonly values: Layout;
  /** Rows per row pointer. */
  readonly height: number;
  /** Into how many tiles of columns it is cut. */
  readonly tiles: number;
}

/** How `kind` reads the weight, or why it cannot. Transposed weights are always walked as csr. */
export function weightOf(constant: SparseConstant, kind: Kind, transpose: boolean): Weight | string {
  const view = matrixView(constant.shape, constant.outputAxis);
  if (transpose) {
    if (kind !== 'csr') return 'the transpose of a weight is walked as csr';
    return {
      constant,
      rows: view.columns,
      pointerBytes: (view.columns + 1) * 4,
      depth: view.rows,
      stored: walkSize(constant, 'csr').values,
      pattern: (width) => `csr.transposed.${width}`,
      values: 'values.transposed',
      ...{ height: 1, tiles: 1 },
    };
  }
  if (!walkable(constant, kind))
    return `a ${constant.encoding} constant whose rows do not share columns as ${kind} needs`;
  return {
    constant,
    rows: view.rows,
    pointerBytes: (Math.ceil(view.rows / blockRows[kind]) + 1) * 4,
    depth: view.columns,
    stored: walkSize(constant, kind).values,
    pattern: (width) => `${kind}.pattern.${width}`,
    values: valuesLayout(constant, kind),
    ...{ height: blockRows[kind], tiles: 1 },
  };
}

/**
 * The weight as the export takes it best. Tiles are for weights that stay as they are: no kernel brings their form up to
 * date when a mask changes.
 */
export function bestFor({ tiled }: Spmm, weight: Weight, mutable: boolean | undefined): Weight {
  const tiles = tilesOf(weight.depth);
  if (!tiled || mutable || tiles === 1 || weight.values === 'values.transposed') return weight;
  return { ...weight, tiles, pattern: (width) => `csr.tiles.${width}`, values: 'values.csr.tiles' };
}

/** Where and how large one spmm call is. */
export interface SpmmAt {
  readonly width: number;
  readonly t: number;
  readonly bounds: Bounds;
  readonly pattern: number;
  readonly values: number;
  readonly bias?: number;
  readonly x: number;
  readonly out: number;
  /** Floats between the rows of a plain [rows][t] output; without it the output is in panels. */
  readonly outRow?: number;
  /** The rows that are made, if not all. The first one begins a block. */
  readonly row?: number;
  readonly rows?: number;
  /** Rows of the output's panels, if more than are made here. */
  readonly panelRows?: number;
}

/** The calls that make `rows` rows from `row`, of which the first goes to `out`: one per tile. */
export function spmmCalls({ name, tiled }: Spmm, weight: Weight, at: SpmmAt): Call[] {
  const { height, depth, tiles } = weight;
  const { width, t, bounds, outRow, row = 0, rows = weight.rows, panelRows = rows } = at;
  const panelBytes = width * 4;
  const pointers = Math.ceil(weight.rows / height);
  return Array.from({ length: tiles }, (_, tile) => {
    const { lo, hi } = tile + 1 < tiles ? unbounded : bounds;
    return {
      kernel: name,
      args: [
        ...[rows, outRow === undefined ? Math.ceil(t / width) * width : t, width],
        ...[at.pattern + (pointers * tile + row / height) * 4, at.pattern + (pointers * tiles + 1) * 4, at.values],
        ...[at.bias ? at.bias + row * 4 : 0, lo, hi, at.x, depth * panelBytes, at.out],
        ...(outRow === undefined ? [panelBytes, panelRows * panelBytes] : [outRow * 4, panelBytes]),
        ...(tiled ? [Number(tile > 0)] : []),
      ],
    };
  });
}

/** The one call for a weight that is not cut into tiles. */
export function spmmCall(name: string, weight: Weight, at: SpmmAt): Call {
  const variant = spmmVariants.find((each) => each.name === name);
  invariant(variant && weight.tiles === 1, `${name} takes the weight whole`);
  return spmmCalls(variant, weight, at)[0];
}
