/** Reports as JSON: what --json writes, and `report` and bench/results hold. Runs in browsers too. */
import { UsageError } from 'lacewing';
import type { LayerRun } from './layers/run.ts';
import type { Report } from './result.ts';

/** Runs of layers have many fields that repeat: they are written as a table, names once and a line per run. */
interface PackedRuns {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export function toJson({ runs, ...rest }: Report): string {
  const plain = JSON.stringify(rest);
  if (!runs || runs.length === 0) return `${plain}\n`;
  const columns = Object.keys(runs[0]) as (keyof LayerRun)[];
  const rows = runs.map((run) => JSON.stringify(columns.map((name) => shortened(run[name]))));
  return `${plain.slice(0, -1)},"runs":{"columns":${JSON.stringify(columns)},"rows":[\n${rows.join(',\n')}\n]}}\n`;
}

/** @throws UsageError naming `path` when the text is no report */
export function fromJson(text: string, path: string): Report {
  const { runs, ...rest } = parsed(text, path);
  if (typeof rest.bench !== 'string' || !Array.isArray(rest.results))
    throw new UsageError(`${path}: want what a bench wrote with --json, got neither its name nor its results`);
  if (!runs) return rest;
  const unpacked = runs.rows.map((row) => Object.fromEntries(runs.columns.map((name, i) => [name, row[i]])));
  return { ...rest, runs: unpacked as unknown as LayerRun[] };
}

function parsed(text: string, path: string): Omit<Report, 'runs'> & { readonly runs?: PackedRuns } {
  try {
    return { ...JSON.parse(text) };
  } catch (error) {
    throw new UsageError(`${path}: want JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Four digits are more than a clock can tell. */
function shortened(value: string | number): string | number {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
