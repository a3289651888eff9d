/** What the layers are wanted to reach, and whether they did. Ratios are of minima in one run. */
import { type Verdict, verdictOf } from '../verdict.ts';
import { isOwn, type LayerRun, rival } from './run.ts';

interface Rule {
  readonly point: string;
  /** Only for this build of the kernels. */
  readonly build?: string;
  readonly kind: LayerRun['kind'];
  readonly columns?: number;
  /** Of the titles. */
  readonly only?: RegExp;
  readonly pattern: string;
  readonly sparsity: number;
  readonly threads?: number;
  /** Another engine; 'lacewing' means our own dense layer, 'one thread' the same on one. */
  readonly over: string;
  readonly wanted: number;
}

const WEB = 'onnxruntime-web';
const NATIVE = 'onnxruntime-node';
const OWN = 'lacewing';
const ONE = 'one thread';
const plain = { point: '1', build: 'simd', kind: 'product', columns: 128, over: WEB } as const;
const relaxed = { ...plain, point: '2', build: 'relaxed' } as const;
const few = { point: '3', kind: 'product' } as const;
/** Convolutions with a window: what prototypes reached, of which a tenth may be lost on the way into a session. */
const WINDOW = 0.9;
const ninety = { pattern: 'unstructured', sparsity: 0.9, over: WEB } as const;
const blocks = { ...ninety, pattern: '4x1' } as const;
const whole = { ...ninety, pattern: 'dense', sparsity: 0 } as const;
const conv = { point: 'convs', build: 'simd' } as const;
const convRelaxed = { point: 'convs', build: 'relaxed' } as const;
const [large, middle, others] = [/depthwise, 112x/, /depthwise, 56x/, /depthwise( \/2|, (28|14|7)x)/];

const rules: readonly Rule[] = [
  { ...plain, pattern: 'dense', sparsity: 0, wanted: 1.35 },
  { ...plain, pattern: 'unstructured', sparsity: 0.5, wanted: 1.6 },
  { ...plain, pattern: 'unstructured', sparsity: 0.8, wanted: 4.2 },
  { ...plain, pattern: 'unstructured', sparsity: 0.9, wanted: 8 },
  { ...plain, pattern: '4x1', sparsity: 0.9, wanted: 10 },
  { ...plain, pattern: '2:4 by 4', sparsity: 0.5, wanted: 1.5, over: OWN },
  { ...relaxed, pattern: 'dense', sparsity: 0, wanted: 1.6 },
  { ...relaxed, pattern: 'unstructured', sparsity: 0.9, wanted: 10.5 },
  { ...relaxed, pattern: '4x1', sparsity: 0.9, wanted: 15 },
  { ...few, columns: 8, pattern: 'unstructured', sparsity: 0.9, wanted: 8, over: WEB },
  { ...few, columns: 8, pattern: '4x1', sparsity: 0.9, wanted: 12, over: WEB },
  { ...few, columns: 1, pattern: 'dense', sparsity: 0, wanted: 1, over: WEB },
  { ...few, columns: 1, pattern: 'unstructured', sparsity: 0.9, wanted: 1.8, over: OWN },
  { ...few, columns: 1, pattern: '4x1', sparsity: 0.9, wanted: 4.5, over: OWN },
  { ...few, columns: 1, pattern: '16x1', sparsity: 0.9, wanted: 7, over: OWN },
  { point: '4', kind: 'pointwise', pattern: 'unstructured', sparsity: 0.9, wanted: 8, over: WEB },
  { ...plain, point: '5', build: 'threads', threads: 2, pattern: 'dense', sparsity: 0, wanted: 1.7, over: ONE },
  {
    ...plain,
    point: '5',
    build: 'threads',
    threads: 2,
    pattern: 'unstructured',
    sparsity: 0.9,
    wanted: 1.7,
    over: ONE,
  },
  {
    point: '6',
    ...{ kind: 'product', columns: 128, only: /^T=128, 768→3072$/ },
    pattern: 'unstructured',
    sparsity: 0.9,
    wanted: 2,
    over: NATIVE,
  },
  { ...conv, ...ninety, kind: 'convolution', wanted: WINDOW * 7.8 },
  { ...conv, ...blocks, kind: 'convolution', wanted: WINDOW * 10.3 },
  { ...conv, ...ninety, kind: 'strided', wanted: WINDOW * 6.9 },
  { ...conv, ...blocks, kind: 'strided', wanted: WINDOW * 9.5 },
  { ...conv, ...whole, kind: 'stem', wanted: WINDOW * 1.8 },
  { ...conv, ...whole, kind: 'depthwise', only: large, wanted: WINDOW * 2.9 },
  { ...conv, ...whole, kind: 'depthwise', only: middle, wanted: WINDOW * 4.3 },
  { ...conv, ...whole, kind: 'depthwise', only: others, wanted: WINDOW * 5.8 },
  { ...convRelaxed, ...ninety, kind: 'convolution', wanted: WINDOW * 8.4 },
  { ...convRelaxed, ...blocks, kind: 'convolution', wanted: WINDOW * 13.8 },
  { ...convRelaxed, ...ninety, kind: 'strided', wanted: WINDOW * 8.1 },
  { ...convRelaxed, ...blocks, kind: 'strided', wanted: WINDOW * 12.6 },
  { ...convRelaxed, ...whole, kind: 'stem', wanted: WINDOW * 2.7 },
  { ...convRelaxed, ...whole, kind: 'depthwise', only: large, wanted: WINDOW * 5.5 },
  { ...convRelaxed, ...whole, kind: 'depthwise', only: middle, wanted: WINDOW * 10 },
  { ...convRelaxed, ...whole, kind: 'depthwise', only: others, wanted: WINDOW * 8.5 },
];

/** A sparse layer may be this much slower than a dense one before the choice between them was wrong. */
const NEVER_SLOWER = 0.97;

/** Judges every rule for every layer that it speaks of. Rules for a build or an engine that did not run are left out. */
export function acceptance(runs: readonly LayerRun[]): Verdict[] {
  const builds = new Set(runs.filter(isOwn).map(({ version }) => version));
  const engines = new Set([OWN, ONE, ...runs.map(({ engine }) => engine)]);
  const lines = rules
    .filter(({ build, over }) => (build === undefined || builds.has(build)) && engines.has(over))
    .flatMap((rule) => {
      const layers = new Set(runs.filter((run) => speaksOf(rule, run)).map(({ layer }) => layer));
      return [...layers].map((layer) => judged(rule, layer, runs));
    });
  return [...lines, ...neverSlower(runs)];
}

function speaksOf({ kind, columns, only }: Rule, run: LayerRun): boolean {
  return (
    run.kind === kind &&
    (columns === undefined || run.columns === columns) &&
    (only === undefined || only.test(run.layer))
  );
}

function judged(rule: Rule, layer: string, runs: readonly LayerRun[]): Verdict {
  const { point, pattern, sparsity, threads = 1, over, wanted } = rule;
  const own = ownRun(runs, layer, rule, threads);
  const other = over === ONE ? ownRun(runs, layer, rule, 1) : rival(runs, layer, over);
  const zeros = sparsity === 0 ? 'dense' : `${(100 * sparsity).toFixed(0)} % ${pattern}`;
  const what = `${zeros}${threads > 1 ? `, ${threads} threads` : ''} × ${over === OWN ? 'own dense' : over}`;
  return verdictOf({ point, layer, what, wanted }, own && other && other.min / own.min);
}

function ownRun(runs: readonly LayerRun[], layer: string, { pattern, sparsity }: Rule, threads: number) {
  return runs.find(
    (run) =>
      isOwn(run) &&
      run.layer === layer &&
      run.pattern === pattern &&
      run.sparsity === sparsity &&
      run.threads === threads,
  );
}

/** The weights whose zeros gain least, of all layers. Where the choice was the dense kernel, the difference is noise. */
function neverSlower(runs: readonly LayerRun[]): Verdict[] {
  let worst: { readonly run: LayerRun; readonly ratio: number; readonly kept: boolean } | undefined;
  for (const run of runs.filter((each) => isOwn(each) && each.sparsity > 0 && each.threads === 1)) {
    const dense = rival(runs, run.layer, OWN);
    if (!dense) continue;
    const ratio = run.kernel === dense.kernel ? 1 : dense.min / run.min;
    if (!worst || ratio < worst.ratio) worst = { run, ratio, kept: run.kernel === dense.kernel };
  }
  if (!worst) return [];
  const { run, ratio, kept } = worst;
  const what = `${(100 * run.sparsity).toFixed(0)} % ${run.pattern}, the least gain of all, × own dense${kept ? ': the same kernel' : ''}`;
  return [verdictOf({ point: 'auto', layer: run.layer, what, wanted: NEVER_SLOWER }, ratio)];
}
