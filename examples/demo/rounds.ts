/** Fair timing on a machine that is not quiet: contestants take turns, round by round, and each keeps its best and its median. */
export interface Contestant {
  readonly name: string;
  /** Runs that often in a row and says the microseconds of one run. */
  readonly time: (runs: number) => Promise<number>;
}

export interface Timing {
  readonly name: string;
  /** Microseconds. */
  readonly min: number;
  readonly median: number;
  readonly rounds: number;
}

export interface RoundOptions {
  readonly rounds: number;
  /** A turn lasts about this long; a contestant that is slower runs once a turn. Default 3000. */
  readonly turnMicroseconds?: number;
  /** Each contestant runs at least this long before it counts, and up to ten times as long until it settles. Default 300000. */
  readonly warmUpMicroseconds?: number;
  readonly onRound?: (round: number) => void;
}

export async function takeTurns(contestants: readonly Contestant[], options: RoundOptions): Promise<Timing[]> {
  const { rounds, turnMicroseconds = 3000, warmUpMicroseconds = 300000 } = options;
  const runs: number[] = [];
  for (const { time } of contestants) runs.push(await warmUp(time, warmUpMicroseconds, turnMicroseconds));
  const samples: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // Another one begins each round, so that no one always follows the same neighbour.
    for (let turn = 0; turn < contestants.length; turn++) {
      const at = (round + turn) % contestants.length;
      samples[at].push(await contestants[at].time(runs[at]));
    }
    options.onRound?.(round + 1);
  }
  return contestants.map(({ name }, at) => ({ name, ...summary(samples[at]) }));
}

/** Engines compile hot code in the background: a contestant is warm when it has not become faster for a while. */
const SETTLED_TURNS = 10;
const PATIENCE = 10;

/** Runs until the time is up and the contestant has settled; returns how many runs make a turn. */
async function warmUp(time: Contestant['time'], microseconds: number, turn: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  let spent = 0;
  let settled = 0;
  let runs = 1;
  while (spent < microseconds || (settled < SETTLED_TURNS && spent < PATIENCE * microseconds)) {
    const each = Math.max(0.05, await time(runs));
    spent += each * runs;
    settled = each < 0.97 * best ? 0 : settled + 1;
    best = Math.min(best, each);
    runs = Math.max(1, Math.round(turn / each));
  }
  return Math.max(1, Math.round(turn / best));
}

export function summary(samples: readonly number[]): Omit<Timing, 'name'> {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, rounds: sorted.length };
}
