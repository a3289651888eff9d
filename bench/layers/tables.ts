import type { Result } from '../result.ts';
import { acceptanceTable } from '../verdict.ts';
import { acceptance } from './acceptance.ts';
import { byLayer, isOwn, type LayerRun, rival } from './run.ts';

/** Everything that runs of layers tell: a table per layer, and what was wanted and reached. */
export function allTables(runs: readonly LayerRun[]): Result[] {
  return [...layerTables(runs), acceptanceTable(acceptance(runs))];
}

/** One table per layer: who ran it, how fast, and how that compares. */
export function layerTables(runs: readonly LayerRun[]): Result[] {
  const engines = [...new Set(runs.filter((run) => !isOwn(run)).map(({ engine }) => engine))];
  return [...byLayer(runs)].map(([layer, own]) => ({
    title: layer,
    columns: [
      ...['contestant', 'zeros', 'kernel', 'min µs', 'median µs', 'GF/s'],
      ...engines.map((engine) => `× ${engine}`),
      '× own dense',
    ],
    rows: own.map((run) => [
      ...[nameOf(run), `${(100 * run.sparsity).toFixed(0)} %`, run.kernel, run.min, run.median],
      (run.flops / run.min / 1000).toFixed(1),
      ...[...engines, 'lacewing'].map((engine) => times(run, rival(own, layer, engine))),
    ]),
  }));
}

/** How a contestant is called in tables and plots. */
export function nameOf(run: LayerRun): string {
  if (!isOwn(run)) return `${run.engine} ${run.version}`;
  return `lacewing, ${run.pattern}${run.threads > 1 ? `, ${run.threads} threads` : ''}`;
}

function times({ min }: LayerRun, other: LayerRun | undefined): string {
  return other ? (other.min / min).toFixed(2) : '';
}
