/** Matrix products with a sparse constant as the second operand. */
import { format } from '../core/shape.ts';
import { matrixView, type SparseConstant } from '../formats/constant.ts';
import { spmmCost, spmvCost } from './cost.ts';
import type { Bounds } from './epilogue.ts';
import { blockRows, type Kind, valuesLayout, walkable, walkSize } from './forms.ts';
import { productOf } from './gemm.ts';
import {
  type Addresses,
  type Call,
  isPlain,
  type Kernel,
  type Layout,
  type Match,
  type Operand,
  type Request,
} from './kernel.ts';
import { folded } from './layouts.ts';
import { along, finest } from './split.ts';

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

interface Parts {
  readonly weight: Weight;
  readonly t: number;
  readonly bounds: Bounds;
  readonly bias: Operand | undefined;
}

/** A matmul with a sparse 2-D weight as [T, K] times the weight, or why it is not one. */
function partsOf({ attributes, inputs: [a, b, bias] }: Request, kind: Kind): Parts | string {
  const constant = b?.constant;
  if (!b || !constant || constant.encoding === 'dense') return 'wants a sparse constant as the second operand';
  if (constant.shape.length !== 2) return `wants a weight of rank 2, got ${format(constant.shape)}`;
  if (!isPlain(a)) return 'wants a dense float32 first operand';
  const product = productOf(attributes, a.shape, b.shape, bias);
  if (typeof product === 'string') return product;
  if (product.transposeA) return 'wants a first operand that is not transposed';
  // The product sums over axis 0 of b, or axis 1 when it is transposed. Where that is the axis of the weight's rows, it
  // is the transpose that multiplies, as in a gradient by the input.
  const weight = weightOf(constant, kind, (product.transposeB ? 1 : 0) === constant.outputAxis);
  if (typeof weight === 'string') return weight;
  return { weight, t: folded(a.shape).t, bounds: product.bounds, bias };
}

function reads(layout: Layout, weight: Weight, width: number, bias: Operand | undefined): Match['reads'] {
  return [
    { input: 0, layout },
    { input: 1, layout: weight.pattern(width) },
    { input: 1, layout: weight.values },
    ...(bias ? [{ input: 2, layout: 'rows' }] : []),
  ];
}

function panelRow(variant: Spmm): Kernel {
  const { name, kind, tile, widths } = variant;
  return {
    name,
    exports: [name],
    op: 'matmul',
    match(request) {
      const parts = partsOf(request, kind);
      if (typeof parts === 'string') return parts;
      const { weight, t, bounds, bias } = parts;
      const width = widthFor(t);
      if (!widths.includes(width)) return `wants ${width === 8 ? 'more than' : 'up to'} 8 rows, got ${t}`;
      const layout = `panels${width}`;
      const { rows, depth } = weight;
      const panels = Math.ceil(t / width);
      const call = (at: Addresses, first: number, count: number, panel: number, columns: number): Call => {
        const [x, pattern, values, biasAt] = at.reads;
        const from = { ...weight, rows: count };
        const bytes = width * 4;
        return spmmCall(name, from, {
          ...{ width, t: columns, bounds, values },
          // Pointers of the rows from `first`; the offsets stay where they are.
          pattern: pattern + (first / blockRows[kind]) * 4,
          offsets: pattern + weight.pointerBytes,
          bias: biasAt ? biasAt + first * 4 : 0,
          x: x + panel * depth * bytes,
          out: at.writes[0] + (panel * rows + first) * bytes,
          panelRows: rows,
        });
      };
      return along(
        {
          reads: reads(layout, weight, width, bias),
          writes: [layout],
          microseconds: spmmCost(name, weight, t, tile),
        },
        finest([
          {
            extent: panels,
            unit: 1,
            calls: (at, first, count) => [call(at, 0, rows, first, Math.min(count * width, t - first * width))],
          },
          { extent: rows, unit: ROWS, calls: (at, first, count) => [call(at, first, count, 0, t)] },
        ]),
      );
    },
  };
}

/** A weight is cut by rows in multiples of every block height. */
const ROWS = 16;

/** Up to this many rows of X may be taken one by one. */
const SINGLE_ROWS = 3;

function singleRow(name: string, kind: Kind): Kernel {
  return {
    name,
    exports: [name],
    op: 'matmul',
    match(request) {
      const parts = partsOf(request, kind);
      if (typeof parts === 'string') return parts;
      const { weight, t, bounds, bias } = parts;
      if (t > SINGLE_ROWS) return `takes up to ${SINGLE_ROWS} rows one by one, got ${t}`;
      const { rows, depth, pointerBytes } = weight;
      return along(
        {
          reads: reads('rows', weight, 0, bias),
          writes: ['rows'],
          microseconds: spmvCost(name, weight, t),
        },
        {
          extent: rows,
          unit: ROWS,
          calls: ({ reads: [x, pattern, values, biasAt], writes: [out] }, first, count) =>
            Array.from({ length: t }, (_, row) => ({
              kernel: name,
              args: [
                ...[count, pattern + (first / blockRows[kind]) * 4, pattern + pointerBytes, values],
                ...[biasAt ? biasAt + first * 4 : 0, bounds.lo, bounds.hi],
                ...[x + row * depth * 4, out + (row * rows + first) * 4],
              ],
            })),
        },
      );
    },
  };
}

export const spmmKernels: readonly Kernel[] = [
  singleRow('f32_spmv_csr', 'csr'),
  singleRow('f32_spmv_bsr_4x1', 'bsr4x1'),
  ...spmmVariants.map(panelRow),
];
