import { format } from '../core/shape.ts';
import type { Count, PruneReport } from './report.ts';

/** The report as a table of text, one weight a line, ending in a newline. */
export function printReport({ layers, pruned, prunable, parameters, warnings }: PruneReport): string {
  const head = ['weight', 'shape', 'pattern', 'zeros', 'left', 'of', 'bytes', 'dense', ''];
  const numbers = (count: Count) => [
    `${(100 * count.sparsity).toFixed(2)} %`,
    ...[count.nonZeros, count.total, count.bytes, count.denseBytes].map(String),
  ];
  const rows = [
    head,
    ...layers.map((layer) => [layer.name, format(layer.shape), layer.pattern, ...numbers(layer), layer.skipped ?? '']),
    ['all pruned', '', '', ...numbers(pruned), ''],
    ['all prunable', '', '', ...numbers(prunable), ''],
    ['all parameters', '', '', ...numbers(parameters), ''],
  ];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const text = (cell: string, column: number) =>
    column >= 3 && column <= 7 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  const lines = rows.map((row) => row.map(text).join('  ').trimEnd());
  return [...lines, ...warnings.map((warning) => `warning: ${warning}`), ''].join('\n');
}
