import type { Kernel } from '../../src/kernels/kernel.ts';
import { conversions } from '../../src/kernels/layouts.ts';
import { kernels } from '../../src/kernels/table.ts';
import { codes, table } from './markdown.ts';

/** The rows of the kernel table by op; rows that share op and name (other operand types) are one line. */
export function kernelTable(): string {
  const byOp = new Map<string, Map<string, Kernel[]>>();
  for (const kernel of kernels) {
    const own = byOp.get(kernel.op) ?? new Map<string, Kernel[]>();
    own.set(kernel.name, [...(own.get(kernel.name) ?? []), kernel]);
    byOp.set(kernel.op, own);
  }
  const lines = [...byOp].flatMap(([op, own]) =>
    [...own].map(([name, rows]) => {
      const others = new Set(rows.flatMap((row) => row.exports).filter((each) => each !== name));
      return [`\`${op}\``, `\`${name}\``, codes(others)];
    }),
  );
  return table([['op', 'kernel', 'calls besides'], ...lines]);
}

export function conversionTable(): string {
  const lines = conversions.map(({ from, to, exports }) => [`\`${from}\``, `\`${to}\``, codes(exports)]);
  return table([['from', 'to', 'kernel'], ...lines]);
}
