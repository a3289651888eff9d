/** The ops that are loaded. A session that runs common ops alone does not bring the code of the others. */
import { commonOps } from './common.ts';
import type { Op } from './op.ts';

const known = new Map<string, Op>(commonOps.map((op) => [op.name, op]));

export function findOp(name: string): Op | undefined {
  return known.get(name);
}

const common: ReadonlySet<string> = new Set(known.keys());

/** Whether the op is one that every session brings along, with its kernels. */
export function isCommon(name: string): boolean {
  return common.has(name);
}

/** Makes ops known. */
export function addOps(rows: readonly Op[]): void {
  for (const op of rows) known.set(op.name, op);
}
