/** Latency of a pruned network per encoding, beside other runtimes on the same network with its zeros written out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'lacewing';
import { writeLace } from 'lacewing/file';
import { writeOnnx } from 'lacewing/onnx';
import { type Entrant, latencies } from '../examples/demo/latency.ts';
import { type Peer, startPeer } from '../examples/demo/peer.ts';
import type { BenchOptions } from './options.ts';
import { installPeers, startNode24, startOnnxruntimeNode, startTfjs } from './peers.ts';
import type { Result } from './report.ts';
import { numbers, prunedModel, SIZES, TITLE } from './subject.ts';

const BATCHES = [1, 8, 128] as const;

export async function benchLatency({ sparsity = 0.95, rounds = 41, peers }: BenchOptions): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lacewing-bench-'));
  const sessions: InferenceSession[] = [];
  const started: Peer[] = [];
  const path = (name: string) => join(folder, name);
  const add = (peer: Peer) => {
    started.push(peer);
    return peer;
  };
  try {
    const csr = prunedModel(sparsity);
    const bsr = prunedModel(sparsity, { block: [4, 1] });
    writeFileSync(path('csr.onnx'), writeOnnx(csr));
    writeFileSync(path('csr.lace'), writeLace(csr));
    writeFileSync(path('bsr.lace'), writeLace(bsr));
    const entrants: Entrant[] = [];
    for (const [graph, format, name] of [
      [csr, 'dense', 'dense'],
      [csr, 'csr', 'csr'],
      [bsr, 'bsr', 'bsr 4x1'],
      [csr, 'auto', 'auto'],
    ] as const) {
      const runner = await InferenceSession.create(graph, { format });
      sessions.push(runner);
      entrants.push({ name: `lacewing, ${name}`, runner });
    }
    const web = add(startPeer(new URL('../examples/demo/onnxruntime.ts', import.meta.url)));
    const webVersion = await web.ask<string>({ load: path('csr.onnx') });
    if (peers) {
      await installPeers();
      for (const [file, format, name] of [
        ['csr.lace', 'dense', 'dense'],
        ['csr.lace', 'csr', 'csr'],
        ['bsr.lace', 'bsr', 'bsr 4x1'],
      ] as const) {
        const runner = add(startNode24());
        const version = await runner.ask<string>({ load: path(file), format });
        entrants.push({ name: `lacewing on Node ${version}, ${name}`, runner });
      }
      const tfjs = add(startTfjs());
      const tfjsVersion = await tfjs.ask<string>({ infer: { sizes: SIZES } });
      entrants.push({ name: `tfjs-backend-wasm ${tfjsVersion}`, runner: tfjs });
      const native = add(startOnnxruntimeNode());
      const nativeVersion = await native.ask<string>({ load: path('csr.onnx') });
      entrants.push({ name: `onnxruntime-node ${nativeVersion} (native)`, runner: native });
    }
    entrants.push({ name: `onnxruntime-web ${webVersion}`, runner: web });

    const pixels = numbers(Math.max(...BATCHES) * SIZES[0]);
    const results: Result[] = [];
    for (const batch of BATCHES) {
      const timings = await latencies(entrants, batch, { pixels, item: [SIZES[0]], rounds });
      const web = timings[timings.length - 1];
      results.push({
        title: `${TITLE}, ${(100 * sparsity).toFixed(0)} % zeros, batch ${batch}, ${rounds} rounds, µs per run`,
        columns: ['contestant', 'min µs', 'median µs', '× ORT-web min', '× ORT-web median'],
        rows: timings.map(({ name, min, median }) => [
          ...[name, min, median],
          ...[web.min / min, web.median / median].map((ratio) => ratio.toFixed(2)),
        ]),
      });
    }
    return results;
  } finally {
    for (const session of sessions) session.dispose();
    for (const peer of started) peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
