/** The contest of one model on one input: two engines, each in processes of its own, in turns. */
import { type Peer, startPeer } from '../../examples/demo/peer.ts';
import { takeTurns } from '../../examples/demo/rounds.ts';
import type { Memory, Open, Opened } from './questions.ts';
import type { ModelCase } from './table.ts';
import type { Values } from './values.ts';

const engines = { lacewing: './lacewing.ts', 'onnxruntime-web': './onnxruntime-web.ts' } as const;
export type Engine = keyof typeof engines;
const names = Object.keys(engines) as Engine[];

/** How one engine did. */
export interface ModelRun {
  readonly version: string;
  /** Microseconds of a run. */
  readonly min: number;
  readonly median: number;
  /** Milliseconds from the bytes to the first result, in a new process and in one that has run the model before. */
  readonly first: number;
  readonly again: number;
  readonly memory: Memory;
}

/** New processes per engine, and further loads in the last of them: the best one counts. */
const STARTS = 3;
const LOADS = 9;
const TOLERANCE = 1e-3;

export async function contestModel(
  path: string,
  { title, feeds }: ModelCase,
  options: { readonly rounds: number; readonly build?: 'simd' | 'relaxed' | undefined },
): Promise<Record<Engine, ModelRun>> {
  const { rounds, build } = options;
  const open: Open = { open: path, feeds: feeds(0, {}), ...(build && { build }) };
  const first: Opened[][] = names.map(() => []);
  const memory: Memory[][] = names.map(() => []);
  let peers: Peer[] = [];
  try {
    for (let start = 0; start < STARTS; start++) {
      for (const peer of peers) peer.stop();
      peers = [];
      for (const [i, name] of names.entries()) {
        const peer = startPeer(new URL(engines[name], import.meta.url));
        peers.push(peer);
        first[i].push(await peer.ask<Opened>(open));
        memory[i].push(await peer.ask<Memory>({ memory: true }));
      }
    }
    same(title, first[0][0].outputs, first[1][0].outputs);
    const timings = await takeTurns(
      names.map((name, i) => ({ name, time: (runs: number) => peers[i].ask<number>({ time: runs }) })),
      { rounds },
    );
    const again: number[][] = names.map(() => []);
    for (let turn = 0; turn < LOADS; turn++)
      for (const [i, peer] of peers.entries()) again[i].push((await peer.ask<Opened>(open)).milliseconds);
    const found = names.map((_, i): ModelRun => {
      const { min, median } = timings[i];
      return {
        ...{ version: first[i][0].version, min, median },
        first: Math.min(...first[i].map(({ milliseconds }) => milliseconds)),
        again: Math.min(...again[i]),
        memory: least(memory[i]),
      };
    });
    return { lacewing: found[0], 'onnxruntime-web': found[1] };
  } finally {
    for (const peer of peers) peer.stop();
  }
}

/** What all starts took at least: collecting garbage late is no need of the engine. */
function least(all: readonly Memory[]): Memory {
  return all.reduce((one, other) => (other.resident < one.resident ? other : one));
}

/** A wrong result would be no contest. `npm run test:models` looks closer. */
function same(title: string, got: Values, want: Values): void {
  for (const [name, { data }] of Object.entries(want)) {
    const own = got[name]?.data ?? [];
    let largest = 0;
    for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(Number(data[i])));
    for (let i = 0; i < data.length; i++)
      if (!(Math.abs(Number(own[i]) - Number(data[i])) <= TOLERANCE * largest))
        throw new Error(`${title}, output "${name}"[${i}]: want ${data[i]}, got ${own[i]}`);
  }
}
