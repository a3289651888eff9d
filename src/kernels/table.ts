/** Every kernel, one row each. Planning picks from it; tests and benches walk it; a test holds it equal to the exports. */
import type { Kernel } from './kernel.ts';

const rows: readonly Kernel[] = [];

export const kernels: readonly Kernel[] = rows;

const byOp = new Map<string, Kernel[]>();
for (const kernel of kernels) byOp.set(kernel.op, [...(byOp.get(kernel.op) ?? []), kernel]);

/** The rows that may do this op, in the order of the table. */
export function kernelsFor(op: string): readonly Kernel[] {
  return byOp.get(op) ?? [];
}
