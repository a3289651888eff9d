/** What benches print: where they ran, and tables of text. */
import { cpus } from 'node:os';

export interface Result {
  readonly title: string;
  readonly columns: readonly string[];
  /** Numbers are printed with three digits that count. */
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly v8: string;
  readonly when: string;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown processor',
    cores: all.length,
    node: process.versions.node,
    v8: process.versions.v8,
    when: new Date().toISOString(),
  };
}

export function printHeader(bench: string): void {
  const { cpu, cores, node, v8 } = machine();
  console.log(`${bench}: ${cpu}, ${cores} cores, Node ${node} (V8 ${v8}), one thread, contestants in turns\n`);
}

export function printResult({ title, columns, rows }: Result): void {
  const cells = [columns, ...rows.map((row) => row.map(text))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const left = columns.map((_, column) => rows.every((row) => typeof row[column] === 'string'));
  console.log(title);
  for (const row of cells)
    console.log(
      row
        .map((cell, i) => (left[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
  console.log();
}

function text(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return cell.toLocaleString('en');
  return cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
}
