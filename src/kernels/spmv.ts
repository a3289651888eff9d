/** Matrix products of a few rows with a sparse constant, row by row. */
import { spmvCost } from './cost.ts';
import { blockRows, type Kind } from './forms.ts';
import type { Kernel } from './kernel.ts';
import { along } from './split.ts';
import { partsOf, ROWS, readsOf } from './spmm-matmul.ts';

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
          reads: readsOf('rows', weight, 0, bias),
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

export const spmvKernels: readonly Kernel[] = [
  singleRow('f32_spmv_csr', 'csr'),
  singleRow('f32_spmv_bsr_4x1', 'bsr4x1'),
];
