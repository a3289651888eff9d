/** `npm run bench -- layers`, and the few of them that `npm run bench` alone looks at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Peer, startPeer } from '../../examples/demo/peer.ts';
import type { BenchOptions } from '../options.ts';
import { installPeers, startOnnxruntimeNode } from '../peers.ts';
import type { Result } from '../result.ts';
import { type Rival, rivalOf } from '../rival.ts';
import { shapeText } from '../shapes.ts';
import { acceptanceTable } from '../verdict.ts';
import { acceptance } from './acceptance.ts';
import { contest } from './contest.ts';
import { layersOf, quickLayers } from './layer.ts';
import type { LayerRun } from './run.ts';
import { layerTables } from './tables.ts';
import { variantsOf } from './variants.ts';

/** An engine's minimum takes this many rounds to show on a machine that is not quiet. */
const ROUNDS = 41;

/** `pruned` takes the convolutions with a window alone, and judges them itself. */
type LayersOptions = Pick<BenchOptions, 'rounds' | 'only' | 'peers' | 'native' | 'threads' | 'bench'>;

/** Runs every layer whose title contains `only`, calling `print` with each table as soon as it is known. */
export async function benchLayers(
  { rounds = ROUNDS, only, peers, native, threads, bench }: LayersOptions,
  print: (result: Result) => void,
): Promise<LayerRun[]> {
  const quick = bench === 'quick';
  const all = layersOf(shapeText('layers'), shapeText('pointwise'), shapeText('spatial'));
  const taken = quick ? quickLayers(all) : bench === 'pruned' ? all.filter(({ window }) => window) : all;
  const layers = taken.filter(({ title }) => only === undefined || title.includes(only));
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
    if (bench !== 'pruned') print(acceptanceTable(acceptance(runs)));
    return runs;
  } finally {
    for (const peer of started) peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
