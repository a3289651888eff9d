/** The exports that multiply panels by a sparse weight: which there are, what they read of the weight, how they are called. */
import { matrixView, type SparseConstant } from '../formats/constant.ts';
import type { Bounds } from './epilogue.ts';
import { blockRows, type Kind, valuesLayout, walkable, walkSize } from './forms.ts';
import type { Call, Layout } from './kernel.ts';

/** One export of the family: what it walks, how many columns at a time, and in which panels. */
export interface Spmm {
  readonly name: string;
  readonly kind: Kind;
  readonly tile: 8 | 16;
  readonly widths: readonly number[];
}

export const spmmVariants: readonly Spmm[] = [
  { name: 'f32_spmm_csr_1x8', kind: 'csr', tile: 8, widths: [8] },
  { name: 'f32_spmm_csr_1x16', kind: 'csr', tile: 16, widths: [16] },
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
  };
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
  /** Where the offsets are, if not right behind the row pointers. */
  readonly offsets?: number;
  /** Rows of the output's panels, if more than are made here. */
  readonly panelRows?: number;
}

export function spmmCall(name: string, { rows, pointerBytes, depth }: Weight, at: SpmmAt): Call {
  const { width, t, bounds, outRow, panelRows = rows } = at;
  const panelBytes = width * 4;
  return {
    kernel: name,
    args: [
      ...[rows, outRow === undefined ? Math.ceil(t / width) * width : t, width],
      ...[at.pattern, at.offsets ?? at.pattern + pointerBytes, at.values, at.bias ?? 0, bounds.lo, bounds.hi],
      ...[at.x, depth * panelBytes, at.out],
      ...(outRow === undefined ? [panelBytes, panelRows * panelBytes] : [outRow * 4, panelBytes]),
    ],
  };
}
