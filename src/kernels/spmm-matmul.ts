/** Matrix products with a sparse constant as the second operand: rows of the table for more than a few rows of X. */
import { format } from '../core/shape.ts';
import { copyCost, FIRST_CACHE, spmmCost } from './cost.ts';
import type { Bounds } from './epilogue.ts';
import { blockRows, type Kind } from './forms.ts';
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
import { folded, unpackCall } from './layouts.ts';
import { along, finest } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';

export interface Parts {
  readonly weight: Weight;
  readonly t: number;
  readonly bounds: Bounds;
  readonly bias: Operand | undefined;
}

/** A matmul with a sparse 2-D weight as [T, K] times the weight, or why it is not one. */
export function partsOf({ attributes, inputs: [a, b, bias] }: Request, kind: Kind): Parts | string {
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

export function readsOf(layout: Layout, weight: Weight, width: number, bias: Operand | undefined): Match['reads'] {
  return [
    { input: 0, layout },
    { input: 1, layout: weight.pattern(width) },
    { input: 1, layout: weight.values },
    ...(bias ? [{ input: 2, layout: 'rows' }] : []),
  ];
}

/** Part of the output: weight rows by panels of X. */
interface Area {
  readonly row: number;
  readonly rows: number;
  readonly panel: number;
  readonly panels: number;
}

/**
 * The stored values and offsets of a block of weight rows should stay in the second cache while the panels of X pass by.
 * Where a panel does not fit into the first cache, it is what should stay near: then blocks are larger, to read it less often.
 * Where the output is unpacked, two panels of the block go through scratch, which should stay in the first.
 */
const BLOCKS = { bytes: 1 << 18, rows: 384 };
const LARGE_BLOCKS = { bytes: 1 << 22, rows: 768 };
const SCRATCH_PANELS = 2;
/** A weight is cut by rows in multiples of every block height. */
export const ROWS = 16;

/** Rows of a weight that are multiplied with all panels before the next. */
function rowsPerBlock({ rows, stored, depth }: Weight, kind: Kind, width: number): number {
  const { bytes, rows: most } = depth * width * 4 > FIRST_CACHE ? LARGE_BLOCKS : BLOCKS;
  const bytesPerRow = (stored * (4 + 4 / blockRows[kind])) / Math.max(1, rows);
  const fitting = Math.floor(bytes / Math.max(1, bytesPerRow) / ROWS) * ROWS;
  return Math.min(most, Math.max(4 * ROWS, fitting));
}

function inBlocks<T>(length: number, block: number, each: (first: number, count: number) => T[]): T[] {
  return Array.from({ length: Math.ceil(length / block) }, (_, i) =>
    each(i * block, Math.min(block, length - i * block)),
  ).flat();
}

function panelRow(variant: Spmm): Kernel {
  const { name, kind, tile, widths } = variant;
  return {
    name,
    exports: [name, 'f32_unpack_panels_8', 'f32_unpack_panels_16'],
    op: 'matmul',
    match(request) {
      const parts = partsOf(request, kind);
      if (typeof parts === 'string') return parts;
      const { t, bounds, bias } = parts;
      const weight = bestFor(variant, parts.weight, request.inputs[1]?.mutable);
      const width = widthFor(t);
      if (!widths.includes(width)) return `wants ${width === 8 ? 'more than' : 'up to'} 8 rows, got ${t}`;
      const layout = `panels${width}`;
      const { rows, depth } = weight;
      const bytes = width * 4;
      const columnsOf = ({ panel, panels }: Area) => Math.min(panels * width, t - panel * width);
      /** The area into panels of `panelRows` rows at `out`. */
      const multiply = (at: Addresses, area: Area, out: number, panelRows: number): Call[] => {
        const [x, pattern, values, biasAt] = at.reads;
        return spmmCalls(variant, weight, {
          ...{ width, t: columnsOf(area), bounds, values, out, panelRows, pattern },
          ...{ row: area.row, rows: area.rows, bias: biasAt, x: x + area.panel * depth * bytes },
        });
      };
      const intoPanels = (at: Addresses, area: Area) =>
        multiply(at, area, at.writes[0] + (area.panel * rows + area.row) * bytes, rows);
      const intoRows = (at: Addresses, area: Area) =>
        inBlocks(area.panels, SCRATCH_PANELS, (first, panels) => {
          const piece = { ...area, panel: area.panel + first, panels };
          const out = at.writes[0] + (piece.panel * width * rows + area.row) * 4;
          return [
            ...multiply(at, piece, at.scratch, area.rows),
            unpackCall(width, { t: columnsOf(piece), k: area.rows, panels: at.scratch, out, outRow: rows }),
          ];
        });
      const unpacked = request.wanted === 'rows';
      const block = rowsPerBlock(weight, kind, width);
      const calls = (at: Addresses, { row, rows: count, panel, panels }: Area): Call[] =>
        inBlocks(count, block, (first, rowsHere) =>
          (unpacked ? intoRows : intoPanels)(at, { row: row + first, rows: rowsHere, panel, panels }),
        );
      const panels = Math.ceil(t / width);
      return along(
        {
          reads: readsOf(layout, weight, width, bias),
          writes: [unpacked ? 'rows' : layout],
          microseconds: spmmCost(name, weight, t, tile, request.engine) + (unpacked ? copyCost(t * rows) : 0),
          scratchBytes: unpacked ? SCRATCH_PANELS * Math.min(block, rows) * bytes : 0,
        },
        finest([
          {
            extent: panels,
            unit: 1,
            calls: (at, panel, count) => calls(at, { row: 0, rows, panel, panels: count }),
          },
          { extent: rows, unit: ROWS, calls: (at, row, count) => calls(at, { row, rows: count, panel: 0, panels }) },
        ]),
      );
    },
  };
}

export const spmmKernels: readonly Kernel[] = spmmVariants.map(panelRow);
