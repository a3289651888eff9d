/** What pruned networks are wanted to reach. Ratios are of minima in one run, against the others on the network without zeros. */
import { type Verdict, verdictOf } from '../verdict.ts';
import { type Engine, find, isOwn, type PrunedRun } from './run.ts';
import { BLOCKS, DENSE, type Zeros, zerosName } from './subjects.ts';

interface Rule {
  readonly point: string;
  readonly model: string;
  /** Of ours; default the simd build. */
  readonly own?: Engine;
  readonly zeros: Zeros;
  readonly over: Engine;
  readonly wanted: number;
}

const percent = (sparsity: number): Zeros => ({ pattern: 'unstructured', sparsity });
const [SEVENTY, EIGHTY, NINETY] = [0.7, 0.8, 0.9].map(percent);

const bert = { point: '1', model: 'BERT layer S=128', over: 'onnxruntime-web' } as const;
const mobilenet = { point: '2', model: 'mobilenet_v1', over: 'onnxruntime-web' } as const;
const resnet = { point: '3', model: 'resnet18', over: 'onnxruntime-web' } as const;
const native = { over: 'onnxruntime-node' } as const;
const relaxed = { own: 'lacewing relaxed' } as const;

const rules: readonly Rule[] = [
  { ...bert, zeros: EIGHTY, wanted: 3.7 },
  { ...bert, zeros: NINETY, wanted: 6 },
  { ...bert, zeros: BLOCKS, wanted: 7.5 },
  { ...bert, ...native, zeros: EIGHTY, wanted: 1 },
  { ...bert, ...native, zeros: NINETY, wanted: 1.9 },
  { ...bert, model: 'BERT layer S=16', zeros: NINETY, wanted: 5 },
  { ...mobilenet, zeros: NINETY, wanted: 5 },
  { ...mobilenet, zeros: BLOCKS, wanted: 5.7 },
  { ...mobilenet, ...relaxed, zeros: NINETY, wanted: 6 },
  { ...mobilenet, over: 'tfjs-backend-wasm', zeros: NINETY, wanted: 4 },
  { ...mobilenet, ...native, zeros: NINETY, wanted: 1 },
  { ...resnet, zeros: NINETY, wanted: 5.9 },
  { ...resnet, zeros: BLOCKS, wanted: 7 },
  { ...resnet, ...relaxed, zeros: BLOCKS, wanted: 9 },
  { ...resnet, ...native, zeros: NINETY, wanted: 1 },
  { ...resnet, model: 'PP-OCR det', zeros: NINETY, wanted: 2.5 },
  { ...resnet, point: '5', model: 'PP-OCR rec', zeros: SEVENTY, wanted: 2 },
];

/** Most of a run that may go into bringing numbers from layout to layout. */
const REPACKING = 0.05;
/** What auto chooses may be this much slower than all dense before it counts: the rest is noise. */
const NEVER_SLOWER = 0.97;

/** Judges the networks and the builds that took part. */
export function prunedAcceptance(runs: readonly PrunedRun[]): Verdict[] {
  const models = new Set(runs.map(({ model }) => model));
  const engines = new Set(runs.map(({ engine }) => engine));
  const mine = rules.filter(({ model, own = 'lacewing' }) => models.has(model) && engines.has(own));
  const strict = new Set(mine.filter(({ point }) => point === '1' || point === '2').map(({ model }) => model));
  return [
    ...mine.map((rule) => judged(rule, runs)),
    ...[...strict].flatMap((model) => [NINETY, BLOCKS].map((zeros) => repacking(model, zeros, runs))),
    ...[...models].flatMap((model) => neverSlower(runs.filter((run) => run.model === model))),
  ];
}

function judged({ point, model, own: engine = 'lacewing', zeros, over, wanted }: Rule, runs: readonly PrunedRun[]) {
  const own = find(runs, model, engine, zeros);
  const other = find(runs, model, over);
  const build = engine === 'lacewing' ? '' : ', relaxed';
  const what = `${zerosName(zeros)}${build} × ${over}`;
  return verdictOf({ point, layer: model, what, wanted }, own && other && other.min / own.min);
}

function repacking(model: string, zeros: Zeros, runs: readonly PrunedRun[]): Verdict {
  const what = `${zerosName(zeros)}, repacking within the run`;
  const share = find(runs, model, 'lacewing', zeros)?.breakdown?.repacking;
  return verdictOf({ point: '4', layer: model, what, wanted: REPACKING, share: true }, share);
}

/** How many times as fast as the dense run; 1 where the plan is the same, for then the difference is noise. */
export function gain(run: PrunedRun, runs: readonly PrunedRun[]): number | undefined {
  const dense = find(runs, run.model, run.engine, DENSE);
  if (!dense) return undefined;
  return dense.kernels === run.kernels ? 1 : dense.min / run.min;
}

/** The zeros that gain least of a network's, per build. */
function neverSlower(runs: readonly PrunedRun[]): Verdict[] {
  const builds = [...new Set(runs.filter(isOwn).map(({ engine }) => engine))];
  return builds.flatMap((engine) => {
    const all = runs
      .filter((run) => run.engine === engine && run.pattern !== 'dense')
      .map((run) => ({ run, ratio: gain(run, runs) ?? Number.NaN }));
    if (all.length === 0) return [];
    const { run, ratio } = all.reduce((worst, each) => (each.ratio < worst.ratio ? each : worst));
    const what = `${zerosName(run)}, the least gain of all, × ${engine} all dense`;
    return [verdictOf({ point: '4', layer: run.model, what, wanted: NEVER_SLOWER }, ratio)];
  });
}
