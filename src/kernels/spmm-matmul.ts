/** Matrix products with a sparse constant as the second operand: rows of the table for more than a few rows of X. */
import { format } from '../core/shape.ts';
import { copyCost, FIRST_CACHE, spmmCost } from './cost.ts';
import { biasAt, EPILOGUE, type Epilogue, epilogueOf, epilogueReads, finishCalls, NEAR_BYTES } from './epilogue.ts';
import { productOf } from './gemm.ts';
import {
  type Addresses,
  type Call,
  isPlain,
  type Kernel,
  type Layout,
  type Match,
  type Preference,
  type Request,
} from './kernel.ts';
import { folded, unpackCall } from './layouts.ts';
import { along, finest, inBlocks } from './split.ts';
import { bestFor, type Spmm, spmmCalls, spmmVariants, type Weight, weightOf, widthFor } from './spmm.ts';
import { blockRows, type Kind } from './walk.ts';

export interface Parts {
  readonly weight: Weight;
  readonly t: number;
  readonly epilogue: Epilogue;
}

/** A matmul with a sparse 2-D weight as [T, K] times the weight, or why it is not one. */
export function partsOf(request: Request, kind: Kind): Parts | string {
  const { attributes, inputs } = request;
  const [a, b] = inputs;
  const constant = b?.constant;
  if (!b || !constant || constant.encoding === 'dense') return 'wants a sparse constant as the second operand';
  if (constant.shape.length !== 2) return `wants a weight of rank 2, got ${format(constant.shape)}`;
  if (!isPlain(a)) return 'wants a dense float32 first operand';
  const product = productOf(attributes, a.shape, b.shape);
  if (typeof product === 'string') return product;
  if (product.transposeA) return 'wants a first operand that is not transposed';
  // The product sums over axis 0 of b, or axis 1 when it is transposed. Where that is the axis of the weight's rows, it
  // is the transpose that multiplies, as in a gradient by the input.
  const weight = weightOf(constant, kind, (product.transposeB ? 1 : 0) === constant.outputAxis);
  if (typeof weight === 'string') return weight;
  const epilogue = epilogueOf(request, product.n);
  if (typeof epilogue === 'string') return epilogue;
  return { weight, t: folded(a.shape).t, epilogue };
}

/** What such a product reads: x in `layout`, and its result, so a residual too, in `made`. */
export function readsOf(
  layout: Layout,
  weight: Weight,
  width: number,
  epilogue: Epilogue,
  made: Layout,
): Match['reads'] {
  return [
    { input: 0, layout },
    { input: 1, layout: weight.pattern(width) },
    { input: 1, layout: weight.values },
    ...epilogueReads(epilogue, made),
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
 * The stored values and offsets of a block of weight rows should stay in the second cache while the panels of X pass by. Where a panel does not fit into the first cache, it is
 * the panel that should stay near: larger blocks read it less often.
 */
const BLOCKS = { bytes: 1 << 18, rows: 384 };
const LARGE_BLOCKS = { bytes: 1 << 22, rows: 768 };
/** Where the output is unpacked, so many panels of a block go through scratch at a time: they stay in the first cache. */
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

/** How many panels of so many rows these bytes hold: pairs, as some builds multiply them. */
function panelsIn(bytes: number, rows: number, width: number): number {
  return Math.max(2, Math.floor(bytes / (8 * width * rows)) * 2);
}

/** Rows cost little where the product is still near: who reads them need not unpack. */
function eitherWay({ inputs }: Request): Preference {
  const encoding = inputs[1]?.constant?.encoding ?? 'dense';
  return encoding === 'dense' ? {} : { output: ['rows'] };
}

function panelRow(variant: Spmm): Kernel {
  const { name, kind, tile, widths } = variant;
  return {
    name,
    exports: [name, 'f32_unpack_panels_8', 'f32_unpack_panels_16', EPILOGUE],
    op: 'matmul',
    prefers: eitherWay,
    match(request) {
      const parts = partsOf(request, kind);
      if (typeof parts === 'string') return parts;
      const { t, epilogue } = parts;
      const weight = bestFor(variant, parts.weight, request.inputs[1]?.mutable);
      const width = widthFor(t);
      if (!widths.includes(width)) return `wants ${width === 8 ? 'more than' : 'up to'} 8 rows, got ${t}`;
      const layout = `panels${width}`;
      const { rows, depth } = weight;
      const bytes = width * 4;
      const columnsOf = ({ panel, panels }: Area) => Math.min(panels * width, t - panel * width);
      /** The area into panels of `panelRows` rows at `out`. */
      const multiply = (at: Addresses, area: Area, out: number, panelRows: number): Call[] => {
        const [x, pattern, values] = at.reads;
        return spmmCalls(variant, weight, {
          ...{ width, t: columnsOf(area), bounds: epilogue.bounds, values, out, panelRows, pattern },
          ...{ row: area.row, rows: area.rows, bias: biasAt(epilogue, at), x: x + area.panel * depth * bytes },
        });
      };
      const block = Math.min(rows, rowsPerBlock(weight, kind, width));
      const near = panelsIn(NEAR_BYTES, block, width);
      const intoPanels = (at: Addresses, area: Area) =>
        inBlocks(area.rows, block, (row, count) =>
          inBlocks(area.panels, epilogue.finish ? near : area.panels, (first, panels) => {
            const part = { row: area.row + row, rows: count, panel: area.panel + first, panels };
            const start = (part.panel * rows + part.row) * width;
            const stretch = { first: start, rows: panels, n: count * width, row: rows * width };
            return [...multiply(at, part, at.writes[0] + start * 4, rows), ...finishCalls(epilogue, at, stretch)];
          }),
        );
      const intoRows = (at: Addresses, area: Area) =>
        inBlocks(area.rows, block, (row, count) =>
          inBlocks(area.panels, SCRATCH_PANELS, (first, panels) => {
            const part = { row: area.row + row, rows: count, panel: area.panel + first, panels };
            const [start, columns] = [part.panel * width * rows + part.row, columnsOf(part)];
            return [
              ...multiply(at, part, at.scratch, count),
              unpackCall(width, {
                t: columns,
                k: count,
                panels: at.scratch,
                out: at.writes[0] + start * 4,
                outRow: rows,
              }),
              ...finishCalls(epilogue, at, { first: start, rows: columns, n: count, row: rows }),
            ];
          }),
        );
      // Where a residual is added the result lies as the residual does.
      const residual = request.inputs[3];
      const unpacked = request.wanted === 'rows' || (residual !== undefined && residual.layout !== layout);
      const made = unpacked ? 'rows' : layout;
      const calls = unpacked ? intoRows : intoPanels;
      const panels = Math.ceil(t / width);
      return along(
        {
          reads: readsOf(layout, weight, width, epilogue, made),
          writes: [made],
          repacking: unpacked ? copyCost(t * rows) : 0,
          microseconds:
            spmmCost(name, weight, t, tile, request.engine) +
            (unpacked ? copyCost(t * rows) : 0) +
            epilogue.microseconds,
          scratchBytes: unpacked ? SCRATCH_PANELS * block * bytes : 0,
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
