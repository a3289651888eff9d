/** One training step of an MLP: dense and pruned, as ours takes it and as the peers do. */
import type { Peer } from '../examples/demo/peer.ts';
import { type Contestant, takeTurns } from '../examples/demo/rounds.ts';
import type { BenchOptions } from './options.ts';
import { installPeers, startNode24, startTfjs } from './peers.ts';
import type { Result } from './report.ts';
import { BATCH, stepper } from './step.ts';
import { SIZES, TITLE } from './subject.ts';

interface Entrant extends Contestant {
  /** Multiply-adds of a step. */
  readonly cost: number;
}

export async function benchTraining({ sparsity = 0.95, rounds = 41, peers }: BenchOptions): Promise<Result> {
  const dense = await stepper(0);
  const sparse = await stepper(sparsity);
  const title = `${(100 * sparsity).toFixed(0)} % zeros`;
  const entrants: Entrant[] = [
    { name: 'lacewing, dense', time: async (runs) => dense.time(runs), cost: dense.cost.sparse },
    { name: `lacewing, ${title}`, time: async (runs) => sparse.time(runs), cost: sparse.cost.sparse },
  ];
  const started: Peer[] = [];
  if (peers) {
    await installPeers();
    for (const zeros of [0, sparsity]) {
      const peer = startNode24();
      started.push(peer);
      const cost = zeros === 0 ? dense.cost.sparse : sparse.cost.sparse;
      const version = await peer.ask<string>({ train: { sparsity: zeros } });
      const name = `lacewing on Node ${version}, ${zeros === 0 ? 'dense' : title}`;
      entrants.push({ name, time: (runs) => peer.ask<number>({ time: runs }), cost });
    }
    const tfjs = startTfjs();
    started.push(tfjs);
    const version = await tfjs.ask<string>({ train: { sizes: SIZES, batch: BATCH } });
    const name = `tfjs-backend-wasm ${version}, dense`;
    entrants.push({ name, time: (runs) => tfjs.ask<number>({ time: runs }), cost: dense.cost.sparse });
  }
  try {
    const timings = await takeTurns(entrants, { rounds, turnMicroseconds: 20000, warmUpMicroseconds: 500000 });
    const [own] = timings;
    return {
      title: `training step of ${TITLE}, batch ${BATCH}, SGD, ${rounds} rounds`,
      columns: ['contestant', 'multiply-adds', 'min µs', 'median µs', '× dense min', '× dense median'],
      rows: timings.map(({ name, min, median }, i) => [
        ...[name, entrants[i].cost, Math.round(min), Math.round(median)],
        ...[own.min / min, own.median / median].map((ratio) => ratio.toFixed(2)),
      ]),
    };
  } finally {
    dense.dispose();
    sparse.dispose();
    for (const peer of started) peer.stop();
  }
}
