/** Latency of sessions and of a peer on the same inputs, taking turns. */
import { type InferenceSession, Tensor } from 'lacewing';
import type { Peer } from './peer.ts';
import { type Contestant, type Timing, takeTurns } from './rounds.ts';

export interface Entrant {
  readonly name: string;
  readonly runner: InferenceSession | Peer;
}

export interface LatencyOptions {
  /** Images, one after another; the batch is the first of them. */
  readonly pixels: Float32Array;
  /** Extents of one image. */
  readonly item: readonly number[];
  readonly rounds: number;
  /** See RoundOptions. */
  readonly warmUpMicroseconds?: number;
  readonly onRound?: (round: number) => void;
}

/** Microseconds of one run with `batch` images, for every entrant. */
export function latencies(entrants: readonly Entrant[], batch: number, options: LatencyOptions): Promise<Timing[]> {
  const { pixels, item, rounds, warmUpMicroseconds, onRound } = options;
  const size = batch * item.reduce((product, extent) => product * extent, 1);
  const data = pixels.slice(0, size);
  const dims = [batch, ...item];
  const contestants = entrants.map(({ name, runner }): Contestant => {
    let fed = false;
    if ('ask' in runner)
      return {
        name,
        async time(runs) {
          if (!fed) await runner.ask({ feed: { data: runner.plain ? Array.from(data) : data, dims } });
          fed = true;
          return runner.ask<number>({ time: runs });
        },
      };
    const feeds = { [runner.inputNames[0]]: new Tensor('float32', data, dims) };
    return {
      name,
      async time(runs) {
        const start = performance.now();
        for (let i = 0; i < runs; i++) await runner.run(feeds);
        return ((performance.now() - start) * 1000) / runs;
      },
    };
  });
  return takeTurns(contestants, {
    rounds,
    ...(warmUpMicroseconds !== undefined && { warmUpMicroseconds }),
    ...(onRound && { onRound }),
  });
}
