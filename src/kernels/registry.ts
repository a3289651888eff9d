/** The kernels that are loaded, by op. A session that runs common ops alone does not bring the code of the others. */
import { commonKernels } from './common.ts';
import type { Kernel } from './kernel.ts';

const byOp = added(new Map(), commonKernels);

function added(rows: Map<string, Kernel[]>, kernels: readonly Kernel[]): Map<string, Kernel[]> {
  for (const kernel of kernels) {
    const own = rows.get(kernel.op) ?? [];
    if (!own.includes(kernel)) rows.set(kernel.op, [...own, kernel]);
  }
  return rows;
}

/** Makes kernels known. */
export function addKernels(kernels: readonly Kernel[]): void {
  added(byOp, kernels);
}

/** The rows that may do this op, in the order of the tables. */
export function kernelsFor(op: string): readonly Kernel[] {
  return byOp.get(op) ?? [];
}
