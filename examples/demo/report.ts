/** The one table that a demo run ends in. */
import { basename } from 'node:path';
import Table from 'cli-table3';
import type { SavedFile } from './files.ts';
import type { Timing } from './rounds.ts';

export interface Row {
  /** Which weights. */
  readonly weights: string;
  /** The encoding they run in, or who else runs them. */
  readonly runs: string;
  /** Test error just after pruning the dense model at once, before any retraining. */
  readonly unretrained: number | undefined;
  readonly error: number;
  /** What was loaded. */
  readonly file: SavedFile;
  /** Per batch size; of one run, not of one image. */
  readonly timings: readonly Timing[];
}

/** Latencies are compared with those of the last row, file sizes with that of the first. */
export function tableOf(rows: readonly Row[], batches: readonly number[]): string {
  const latency = (batch: number) => [`batch ${batch}\nmin µs`, 'median\nµs', '× ORT\nmin', '× ORT\nmedian'];
  const columns = ['weights', 'run as', 'error\nunretrained', 'error', 'file', 'bytes', 'of dense\nONNX'];
  const table = new Table({
    head: [...columns, ...batches.flatMap(latency)],
    colAligns: [...columns, ...batches.flatMap(latency)].map((_, i) => (i < 2 || i === 4 ? 'left' : 'right')),
    // No rules between rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
  });
  for (const { weights, runs, unretrained, error, file, timings } of rows) {
    const share = (100 * file.bytes) / rows[0].file.bytes;
    table.push([
      ...[weights, runs, unretrained === undefined ? '' : percent(unretrained), percent(error)],
      ...[basename(file.path), file.bytes.toLocaleString('en'), `${share.toFixed(1)} %`],
      ...batches.flatMap((batch, i) => {
        const { min, median } = timings[i];
        const other = rows[rows.length - 1].timings[i];
        const times = [other.min / min, other.median / median].map((ratio) => ratio.toFixed(ratio < 10 ? 2 : 1));
        return [micros(min / batch), micros(median / batch), ...times];
      }),
    ]);
  }
  return table.toString();
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Three digits that count. */
export function micros(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
