/** The contest of one network: ours with several kinds of zeros, other engines on it dense, each engine in a process of its own, in turns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOnnx, writeOnnx } from 'lacewing/onnx';
import { prune } from 'lacewing/prune';
import { type Peer, startPeer } from '../../examples/demo/peer.ts';
import { type Contestant, takeTurns } from '../../examples/demo/rounds.ts';
import { startNode24, startOnnxruntimeNode } from '../peers.ts';
import { type Rival, rivalOf } from '../rival.ts';
import { numbers } from '../subject.ts';
import type { Breakdown, Question } from './questions.ts';
import type { Engine, PrunedRun } from './run.ts';
import { allZeros, DENSE, fewZeros, type Subject, type Zeros, zerosName } from './subjects.ts';

export interface ContestOptions {
  readonly rounds: number;
  readonly folder: string;
  /** The builds that take part; the second one runs on the Node that has it, with fewer kinds of zeros. */
  readonly builds: readonly ('simd' | 'relaxed')[];
}

interface Entrant extends Contestant {
  readonly about: Omit<PrunedRun, 'model' | 'min' | 'median' | 'breakdown'>;
  readonly breakdown?: () => Promise<Breakdown>;
}

/** Between our sparse and dense runs of the same zeros, and between engines on the network without zeros. */
const [SAME_ZEROS, SAME_NETWORK] = [1e-4, 1e-3];
const PROFILED = 20;

export async function contestPruned(
  subject: Subject,
  { rounds, folder, builds }: ContestOptions,
): Promise<PrunedRun[]> {
  const { name, dims } = subject;
  const started: Peer[] = [];
  const start = (peer: Peer) => {
    started.push(peer);
    return peer;
  };
  try {
    const file = subject.file();
    const data = numbers(
      dims.reduce((product, extent) => product * extent, 1),
      13,
    );
    const paths = writeVariants(subject, file, folder);
    const entrants: Entrant[] = [];
    let own = new Float32Array();
    for (const [i, build] of builds.entries()) {
      const other = build === 'relaxed' && !process.versions.node.startsWith('24');
      const peer = start(other ? startNode24(script) : startPeer(script));
      const ask = <Answer>(question: Question) => peer.ask<Answer>(question);
      const node = await ask<string>({ build, dims });
      const about = {
        engine: build === 'relaxed' ? ('lacewing relaxed' as const) : ('lacewing' as const),
        version: `${build}, Node ${node.split('.')[0]}`,
      };
      for (const zeros of i === 0 ? allZeros : fewZeros)
        entrants.push(await ownEntrant(name, ask, zeros, paths.get(zerosName(zeros)) ?? '', about));
      if (i === 0) own = await ask<Float32Array<ArrayBuffer>>({ output: zerosName(DENSE) });
    }
    const web = startPeer(new URL('../../examples/demo/onnxruntime.ts', import.meta.url));
    const path = join(folder, 'rival.onnx');
    const rivals: Rival[] = [
      rivalOf('onnxruntime-web', start(web), path),
      rivalOf('onnxruntime-node', start(startOnnxruntimeNode()), path),
      ...(subject.tfjs ? [rivalOf('tfjs-backend-wasm', start(startPeer(tfjs)), path)] : []),
    ];
    for (const { engine, load, time } of rivals) {
      const { version, output } = await load(file, data, dims);
      same(`${name}, ${engine}`, output, own);
      entrants.push({ name: engine, about: { ...DENSE, engine: engine as Engine, version, kernels: '' }, time });
    }
    const timings = await takeTurns(entrants, { rounds });
    const runs: PrunedRun[] = [];
    for (const [i, { about, breakdown }] of entrants.entries()) {
      const { min, median } = timings[i];
      runs.push({ model: name, ...about, min, median, ...(breakdown && { breakdown: await breakdown() }) });
    }
    return runs;
  } finally {
    for (const peer of started) peer.stop();
  }
}

const script = new URL('./lacewing.ts', import.meta.url);
const tfjs = new URL('../peers/tfjs-graph.ts', import.meta.url);

/** The network with every kind of zeros as a file; path by the name of the zeros. */
function writeVariants({ meant }: Subject, file: Uint8Array, folder: string): Map<string, string> {
  const graph = readOnnx(file);
  const paths = new Map<string, string>();
  for (const zeros of allZeros) {
    const { pattern, sparsity } = zeros;
    const path = join(folder, `${paths.size}.onnx`);
    const options = { criterion: 'random', scope: 'layer', sparsity, ...meant } as const;
    const block = pattern === '4x1' ? { pattern: { block: [4, 1] as const } } : {};
    writeFileSync(path, sparsity === 0 ? file : writeOnnx(prune(graph, { ...options, ...block }).graph));
    paths.set(zerosName(zeros), path);
  }
  return paths;
}

async function ownEntrant(
  model: string,
  ask: <Answer>(question: Question) => Promise<Answer>,
  zeros: Zeros,
  open: string,
  about: Pick<PrunedRun, 'engine' | 'version'>,
): Promise<Entrant> {
  const as = zerosName(zeros);
  const kernels = await ask<string>({ open, as, format: zeros.pattern === 'dense' ? 'dense' : 'auto' });
  const off = await ask<number>({ check: as });
  if (!(off <= SAME_ZEROS))
    throw new Error(`${model}, ${as}, ${about.version}: sparse and dense runs are ${off} apart, want ${SAME_ZEROS}`);
  return {
    name: `${about.engine} ${as}`,
    about: { ...zeros, ...about, kernels },
    time: (runs) => ask<number>({ time: as, runs }),
    breakdown: () => ask<Breakdown>({ profile: as, runs: PROFILED }),
  };
}

/** A wrong result would be no contest. */
function same(what: string, got: Float32Array, want: Float32Array): void {
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (got.length !== want.length) throw new Error(`${what}: want ${want.length} numbers, got ${got.length}`);
  for (let i = 0; i < want.length; i++)
    if (!(Math.abs(got[i] - want[i]) <= SAME_NETWORK * largest))
      throw new Error(`${what}[${i}]: want ${want[i]}, got ${got[i]}`);
}
