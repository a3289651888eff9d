/** What a bench finds out, as text and as it is written to JSON. Runs in browsers too. */
import type { LayerRun } from './layers/run.ts';

export interface Result {
  readonly title: string;
  readonly columns: readonly string[];
  /** Numbers are printed with three digits that count. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A whole run of a bench: what --json writes and the report reads. */
export interface Report {
  readonly bench: string;
  readonly cpu: string;
  readonly cores: number;
  /** Such as 'Node 20.19.0 (V8 11.3)', or what a browser calls itself. */
  readonly engine: string;
  /** Of the kernels. */
  readonly build?: string;
  /** ISO date and time. */
  readonly when: string;
  /** What else the machine did, if that is known. */
  readonly load?: string;
  /** GF/s that the engine reaches with f32x4 multiplies and adds alone. */
  readonly roof?: number;
  /** Of the bench of layers; their tables follow from them. */
  readonly runs?: readonly LayerRun[];
  readonly results: readonly Result[];
}

/** The first line of every bench. */
export function headline({ bench, cpu, cores, engine, build }: Omit<Report, 'when' | 'results'>): string {
  return `${bench}: ${cpu}, ${cores} cores, ${engine}${build ? `, build ${build}` : ''}, contestants in turns`;
}

export function cellText(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return cell.toLocaleString('en');
  return cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
}

/** Whether a column holds words: those are flush left. */
export function isText({ rows }: Result, column: number): boolean {
  return rows.every((row) => typeof row[column] === 'string' && !/^[\d.,≥≤ %]*$/.test(row[column]));
}

/** The table with its title, as lines of text. */
export function resultText(result: Result): string {
  const { title, columns, rows } = result;
  const cells = [columns, ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const left = columns.map((_, column) => isText(result, column));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (left[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return `${[title, ...cells.map(line)].join('\n')}\n`;
}
