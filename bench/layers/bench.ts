/** `npm run bench -- layers`, and the few of them that `npm run bench` alone looks at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Peer, startPeer } from '../../examples/demo/peer.ts';
import type { BenchOptions } from '../options.ts';
import { installPeers, startOnnxruntimeNode } from '../peers.ts';
import type { Result } from '../result.ts';
import { shapeText } from '../shapes.ts';
import { acceptance, acceptanceTable } from './acceptance.ts';
import { contest, type Rival } from './contest.ts';
import { layersOf, quickLayers } from './layer.ts';
import type { LayerRun } from './run.ts';
import { layerTables } from './tables.ts';
import { variantsOf } from './variants.ts';

/** An engine's minimum takes this many rounds to show on a machine that is not quiet. */
const ROUNDS = 41;

/** Runs every layer whose title contains `only`, calling `print` with each table as soon as it is known. */
export async function benchLayers(
  { rounds = ROUNDS, only, peers, native, threads, bench }: BenchOptions,
  print: (result: Result) => void,
): Promise<LayerRun[]> {
  const quick = bench === 'quick';
  const all = layersOf(shapeText('layers'), shapeText('pointwise'));
  const layers = (quick ? quickLayers(all) : all).filter(({ title }) => only === undefined || title.includes(only));
  const folder = mkdtempSync(join(tmpdir(), 'lacewing-bench-'));
  const started: Peer[] = [];
  const rival = (engine: string, peer: Peer): Rival => {
    started.push(peer);
    return rivalOf(engine, peer, join(folder, `${engine}.onnx`));
  };
  try {
    const rivals = [
      rival('onnxruntime-web', startPeer(new URL('../../examples/demo/onnxruntime.ts', import.meta.url))),
    ];
    if (native || peers) {
      await installPeers();
      rivals.push(rival('onnxruntime-node', startOnnxruntimeNode()));
    }
    const runs: LayerRun[] = [];
    for (const layer of layers) {
      const found = await contest(layer, variantsOf(layer, { quick, threads }), rivals, { rounds });
      runs.push(...found);
      for (const table of layerTables(found)) print(table);
    }
    print(acceptanceTable(acceptance(runs)));
    return runs;
  } finally {
    for (const peer of started) peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Another engine in a process of its own, which finds its models at `path`. */
function rivalOf(engine: string, peer: Peer, path: string): Rival {
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
