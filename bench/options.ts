import { parseArgs } from 'node:util';
import { UsageError } from 'lacewing';

export const benches = ['quick', 'layers', 'models', 'pruned', 'train', 'latency', 'kernels'] as const;
export type BenchName = (typeof benches)[number];

export interface BenchOptions {
  readonly bench: BenchName;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Where to write the results as a page of text. */
  readonly md: string | undefined;
  /** Whether to install and measure what bench/peers names. */
  readonly peers: boolean;
  /** layers: beside native onnxruntime as well. */
  readonly native: boolean;
  /** layers: 2 or more take part besides one. */
  readonly threads: number;
  readonly rounds: number | undefined;
  /** Fraction of zeros. */
  readonly sparsity: number | undefined;
  /** layers, models, pruned, kernels: only rows whose name contains this. */
  readonly only: string | undefined;
  readonly build: 'simd' | 'relaxed' | undefined;
}

export interface ReportOptions {
  readonly bench: 'report';
  /** What --json wrote. */
  readonly from: readonly string[];
  /** Where the page goes; standard output if nowhere. */
  readonly html: string | undefined;
}

export const usage = `Usage: npm run bench -- [layers|models|pruned|train|latency|kernels] [options]
       npm run bench -- report FILE.json ... [--html FILE]

  (nothing)  a quick look, under three minutes: four layers beside onnxruntime-web, and a training step
  layers     models of one layer, dense and pruned, beside onnxruntime-web; says at the end what was wanted and reached
  models     real models beside onnxruntime-web: a run, the first result, memory; installs bench/peers on first use
  pruned     whole networks dense and with 50 to 95 % zeros, and single convolutions, beside onnxruntime-web, native
             onnxruntime, tfjs and Lacewing on Node 24; installs bench/peers on first use, takes up to ten minutes
  train      a training step of an MLP 784-300-100-10, batch 100, dense and with most weights pruned; one of PP-OCR's
             recognition model with 0 to 90 % zeros; installs bench/peers on first use
  latency    the same network at batch 1, 8 and 128, per encoding, beside onnxruntime-web
  kernels    every row of the kernel table on the shapes of bench/shapes
  report     an HTML page with plots of what --json wrote

  --peers          also native onnxruntime, tfjs and Node 24, installed into bench/peers on first use (layers: native only)
  --native         layers: also native onnxruntime on one thread, installed into bench/peers on first use
  --threads N      layers: many tokens on N threads as well
  --sparsity S     train, latency, kernels: fraction of zeros (default 0.95, kernels 0.9)
  --rounds N       turns each contestant gets (default 41, models 21, kernels 15)
  --only TEXT      layers, models, pruned, kernels: rows whose name contains TEXT
  --build NAME     simd or relaxed instead of the best this engine takes; relaxed runs on the Node 24 of bench/peers
                   where this engine does not take it (--peers installs that)
  --json FILE      also write the results as JSON
  --md FILE        also write the results as a page for bench/results
  --html FILE      report: where to write the page instead of standard output
  --help`;

/** Throws UsageError for what makes no sense. Returns undefined when help was asked for. */
export function readOptions(args: readonly string[]): BenchOptions | ReportOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [bench = 'quick', ...rest] = positionals;
  if (bench === 'report') {
    if (rest.length === 0) throw new UsageError(`report: want the JSON file that a bench wrote\n\n${usage}`);
    return { bench, from: rest, html: values.html };
  }
  if (rest.length > 0 || !isBench(bench))
    throw new UsageError(`want one of ${benches.join(', ')}, report, got "${positionals.join(' ')}"\n\n${usage}`);
  const { json, md, peers, native, only, build } = values;
  if (build !== undefined && build !== 'simd' && build !== 'relaxed')
    throw new UsageError(`--build: want simd or relaxed, got "${build}"`);
  const sparsity = values.sparsity === undefined ? undefined : Number(values.sparsity);
  if (sparsity !== undefined && !(sparsity > 0 && sparsity < 1))
    throw new UsageError(`--sparsity: want a number between 0 and 1, got "${values.sparsity}"`);
  const threads = count('--threads', values.threads) ?? 1;
  if (threads > 1 && build !== undefined)
    throw new UsageError(`--threads: threads have a build of their own, want no --build ${build} beside`);
  const rounds = count('--rounds', values.rounds);
  return { bench, json, md, peers, native, only, build, sparsity, rounds, threads };
}

function count(name: string, text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : Number(text);
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
    throw new UsageError(`${name}: want a whole number from 1, got "${text}"`);
  return value;
}

function isBench(name: string): name is BenchName {
  return benches.some((bench) => bench === name);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        md: { type: 'string' },
        html: { type: 'string' },
        peers: { type: 'boolean', default: false },
        native: { type: 'boolean', default: false },
        threads: { type: 'string' },
        rounds: { type: 'string' },
        sparsity: { type: 'string' },
        only: { type: 'string' },
        build: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
