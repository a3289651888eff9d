/** Matrix products of a few rows with a sparse constant, row by row. */
import { spmvCost } from './cost.ts';
import { biasAt, EPILOGUE, epilogueReads, finishCalls } from './epilogue.ts';
import type { Kernel } from './kernel.ts';
import { headerBytes, MOST_COLUMNS, SLICE, WINDOW } from './sell.ts';
import { along } from './split.ts';
import { partsOf, ROWS, readsOf } from './spmm-matmul.ts';
import { blockRows, type Kind } from './walk.ts';

/** Up to this many rows of X may be taken one by one. */
const SINGLE_ROWS = 3;

function singleRow(name: string, kind: Kind): Kernel {
  return {
    name,
    exports: [name, EPILOGUE],
    op: 'matmul',
    match(request) {
      const parts = partsOf(request, kind);
      if (typeof parts === 'string') return parts;
      const { weight, t, epilogue } = parts;
      const { bounds } = epilogue;
      if (t > SINGLE_ROWS) return `takes up to ${SINGLE_ROWS} rows one by one, got ${t}`;
      const { rows, depth, pointerBytes } = weight;
      return along(
        {
          reads: readsOf('rows', weight, 0, epilogue, 'rows'),
          writes: ['rows'],
          microseconds: spmvCost(name, weight, t) + epilogue.microseconds,
        },
        {
          extent: rows,
          unit: ROWS,
          calls(at, first, count) {
            const { reads, writes } = at;
            const [x, pattern, values] = reads;
            const bias = biasAt(epilogue, at);
            const products = Array.from({ length: t }, (_, row) => ({
              kernel: name,
              args: [
                ...[count, pattern + (first / blockRows[kind]) * 4, pattern + pointerBytes, values],
                ...[bias && bias + first * 4, bounds.lo, bounds.hi],
                ...[x + row * depth * 4, writes[0] + (row * rows + first) * 4],
              ],
            }));
            return [...products, ...finishCalls(epilogue, at, { first, rows: t, n: count, row: rows })];
          },
        },
      );
    },
  };
}

/** Unstructured weights, four rows of nearly the same length at a time. */
const sell: Kernel = {
  name: 'f32_spmv_sell_4',
  exports: ['f32_spmv_sell_4', EPILOGUE],
  op: 'matmul',
  match(request) {
    const parts = partsOf(request, 'csr');
    if (typeof parts === 'string') return parts;
    const { weight, t, epilogue } = parts;
    const { bounds } = epilogue;
    if (t > SINGLE_ROWS) return `takes up to ${SINGLE_ROWS} rows one by one, got ${t}`;
    const { rows, depth, values } = weight;
    if (values === 'values.transposed') return 'takes no transposed weight';
    if (depth > MOST_COLUMNS) return `wants a weight of up to ${MOST_COLUMNS} columns, got ${depth}`;
    return along(
      {
        reads: [
          { input: 0, layout: 'rows' },
          { input: 1, layout: 'sell4.pattern' },
          { input: 1, layout: 'values.sell4' },
          ...epilogueReads(epilogue),
        ],
        writes: ['rows'],
        microseconds: spmvCost('f32_spmv_sell_4', weight, t) + epilogue.microseconds,
      },
      {
        extent: rows,
        unit: WINDOW,
        calls(at, first, count) {
          const { reads, writes } = at;
          const [x, pattern, valuesAt] = reads;
          const products = Array.from({ length: t }, (_, row) => ({
            kernel: 'f32_spmv_sell_4',
            args: [
              ...[Math.ceil(count / SLICE), pattern + headerBytes(first), pattern + headerBytes(rows), valuesAt],
              ...[biasAt(epilogue, at), bounds.lo, bounds.hi, x + row * depth * 4, writes[0] + row * rows * 4],
            ],
          }));
          return [...products, ...finishCalls(epilogue, at, { first, rows: t, n: count, row: rows })];
        },
      },
    );
  },
};

export const spmvKernels: readonly Kernel[] = [
  singleRow('f32_spmv_csr', 'csr'),
  sell,
  singleRow('f32_spmv_bsr_1x4', 'bsr1x4'),
  singleRow('f32_spmv_bsr_4x1', 'bsr4x1'),
  singleRow('f32_spmv_bsr_8x1', 'bsr8x1'),
  singleRow('f32_spmv_bsr_16x1', 'bsr16x1'),
];
