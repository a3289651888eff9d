/** Another engine in a process of its own, on one model at a time. */
import { writeFileSync } from 'node:fs';
import type { Peer } from '../examples/demo/peer.ts';
import type { Rival } from './layers/contest.ts';

export type { Rival } from './layers/contest.ts';

/** The engine finds its models at `path`. */
export function rivalOf(engine: string, peer: Peer, path: string): Rival {
  return {
    engine,
    async load(model, data, dims) {
      writeFileSync(path, model);
      const version = await peer.ask<string>({ load: path });
      const output = await peer.ask<Float32Array>({ run: { data, dims } });
      await peer.ask({ feed: { data, dims } });
      return { version, output };
    },
    time: (runs) => peer.ask<number>({ time: runs }),
  };
}
