import type { Result } from '../result.ts';
import { gain } from './acceptance.ts';
import { type Engine, find, isOwn, type PrunedRun } from './run.ts';
import { allZeros, BLOCKS, DENSE, type Zeros, zerosName } from './subjects.ts';

const KERNELS = 9;

/** One network: who ran it, how fast, how that compares, and what of it was repacking. */
export function networkTable(runs: readonly PrunedRun[]): Result {
  const [{ model }] = runs;
  const others = [...new Set(runs.filter((run) => !isOwn(run)).map(({ engine }) => engine))];
  const times = ({ min }: PrunedRun, other: PrunedRun | undefined) => (other ? (other.min / min).toFixed(2) : '');
  return {
    title: model,
    columns: [
      ...['contestant', 'zeros', 'min ms', 'median ms'],
      ...[...others.map((engine) => `× ${engine}`), '× own dense', 'repacking'],
    ],
    rows: runs.map((run) => [
      ...[isOwn(run) ? `lacewing ${run.version}` : `${run.engine} ${run.version}`, zerosName(run)],
      ...[run.min / 1000, run.median / 1000],
      ...others.map((engine) => times(run, find(runs, model, engine))),
      isOwn(run) ? times(run, find(runs, model, run.engine)) : '',
      run.breakdown ? `${(100 * run.breakdown.repacking).toFixed(1)} %` : '',
    ]),
  };
}

/** Where the time of a network goes with most weights gone: its kernels, of the plain build. */
export function kernelTables(runs: readonly PrunedRun[]): Result[] {
  return [{ pattern: 'unstructured', sparsity: 0.9 } as const, BLOCKS].flatMap((zeros: Zeros) => {
    const run = find(runs, runs[0].model, 'lacewing', zeros);
    if (!run?.breakdown) return [];
    const { kernels, total } = run.breakdown;
    const rest = kernels.slice(KERNELS).reduce((sum, { microseconds }) => sum + microseconds, 0);
    return [
      {
        title: `${run.model}, ${zerosName(zeros)}: kernels of a run, each step as fast as it was seen`,
        columns: ['kernel', 'calls', 'ms', 'share'],
        rows: [
          ...kernels
            .slice(0, KERNELS)
            .map(({ kernel, calls, microseconds }) => [kernel, calls, ...cells(microseconds, total)]),
          ...(kernels.length > KERNELS ? [['all others', '', ...cells(rest, total)]] : []),
        ],
      },
    ];
  });
}

const cells = (microseconds: number, total: number) => [
  (microseconds / 1000).toFixed(3),
  `${((100 * microseconds) / (total || 1)).toFixed(1)} %`,
];

/** What auto gains over all dense on the same zeros, per network and build. */
export function gainTable(runs: readonly PrunedRun[]): Result {
  const kinds = allZeros.filter((zeros) => zeros !== DENSE);
  const rows = [...new Set(runs.map(({ model }) => model))].flatMap((model) => {
    const engines = [...new Set(runs.filter((run) => run.model === model && isOwn(run)).map(({ engine }) => engine))];
    return engines.map((engine: Engine) => [
      ...[model, engine],
      ...kinds.map((zeros) => {
        const run = find(runs, model, engine, zeros);
        return (run && gain(run, runs)?.toFixed(2)) ?? '';
      }),
    ]);
  });
  return {
    title: 'auto × all dense, same zeros; 1.00 where both are the same plan',
    columns: ['network', 'build', ...kinds.map(zerosName)],
    rows,
  };
}
