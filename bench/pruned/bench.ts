/** `npm run bench -- pruned`: whole networks with most of their weights gone beside other engines, then single convolutions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptance } from '../layers/acceptance.ts';
import { benchLayers } from '../layers/bench.ts';
import type { BenchOptions } from '../options.ts';
import { installPeers } from '../peers.ts';
import type { Report, Result } from '../result.ts';
import { acceptanceTable } from '../verdict.ts';
import { prunedAcceptance } from './acceptance.ts';
import { contestPruned } from './contest.ts';
import type { PrunedRun } from './run.ts';
import { subjects } from './subjects.ts';
import { gainTable, kernelTables, networkTable } from './tables.ts';

/** The minimum of onnxruntime takes 35. */
const ROUNDS = 41;

/** Calls `print` with each table as soon as it is known. Without a build ours is the plain one, and the relaxed one on Node 24. */
export async function benchPruned(
  { rounds = ROUNDS, only, build }: BenchOptions,
  print: (result: Result) => void,
): Promise<Pick<Report, 'results'>> {
  await installPeers();
  const results: Result[] = [];
  const tell = (result: Result) => {
    results.push(result);
    print(result);
  };
  const runs: PrunedRun[] = [];
  for (const subject of subjects.filter(({ name }) => only === undefined || name.includes(only))) {
    const folder = mkdtempSync(join(tmpdir(), 'lacewing-bench-'));
    try {
      const builds = build === undefined ? (['simd', 'relaxed'] as const) : [build];
      const found = await contestPruned(subject, { rounds, folder, builds });
      runs.push(...found);
      for (const table of [networkTable(found), ...kernelTables(found)]) tell(table);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const layers = { only, peers: false, native: false, threads: 1, bench: 'pruned' } as const;
  const single = await benchLayers({ ...layers, rounds }, tell);
  if (runs.length > 0) tell(gainTable(runs));
  tell(acceptanceTable([...prunedAcceptance(runs), ...acceptance(single)]));
  return { results };
}
