/** The kernels that are loaded, by op. A session that runs common ops alone does not bring the code of the others. */
import { commonKernels } from './common.ts';
import type { Kernel } from './kernel.ts';

const known: Kernel[] = [];
const byOp = new Map<string, Kernel[]>();
addKernels(commonKernels);

/** Makes kernels known; returns all that are. */
export function addKernels(rows: readonly Kernel[]): readonly Kernel[] {
  for (const kernel of rows) {
    if (known.includes(kernel)) continue;
    known.push(kernel);
    byOp.set(kernel.op, [...(byOp.get(kernel.op) ?? []), kernel]);
  }
  return known;
}

/** The rows that may do this op, in the order of the table. */
export function kernelsFor(op: string): readonly Kernel[] {
  return byOp.get(op) ?? [];
}
