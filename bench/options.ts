import { parseArgs } from 'node:util';
import { UsageError } from 'lacewing';

export const benches = ['train', 'latency', 'kernels'] as const;
export type BenchName = (typeof benches)[number];

export interface BenchOptions {
  readonly bench: BenchName;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Whether to install and measure what bench/peers names. */
  readonly peers: boolean;
  readonly rounds: number | undefined;
  /** Fraction of zeros. */
  readonly sparsity: number | undefined;
  /** kernels: only rows whose name contains this. */
  readonly only: string | undefined;
  readonly build: 'simd' | 'relaxed' | undefined;
}

export const usage = `Usage: npm run bench -- train|latency|kernels [options]

  train      a training step of an MLP 784-300-100-10, batch 100, dense and with most weights pruned
  latency    the same network at batch 1 and 128, per encoding, beside onnxruntime-web
  kernels    every row of the kernel table on the shapes of bench/shapes

  --peers          also native onnxruntime, tfjs and Node 24, installed into bench/peers on first use (train, latency)
  --sparsity S     fraction of zeros (default 0.95, kernels 0.9)
  --rounds N       turns each contestant gets (default 41, kernels 15)
  --only TEXT      kernels: rows whose name contains TEXT
  --build NAME     simd or relaxed instead of the best this engine takes
  --json FILE      also write the results as JSON
  --help`;

/** Throws UsageError for what makes no sense. Returns undefined when help was asked for. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [bench] = positionals;
  if (positionals.length !== 1 || !isBench(bench))
    throw new UsageError(`want one of ${benches.join(', ')}, got "${positionals.join(' ')}"\n\n${usage}`);
  const { build } = values;
  if (build !== undefined && build !== 'simd' && build !== 'relaxed')
    throw new UsageError(`--build: want simd or relaxed, got "${build}"`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds >= 1))
    throw new UsageError(`--rounds: want a whole number from 1, got "${values.rounds}"`);
  const sparsity = values.sparsity === undefined ? undefined : Number(values.sparsity);
  if (sparsity !== undefined && !(sparsity > 0 && sparsity < 1))
    throw new UsageError(`--sparsity: want a number between 0 and 1, got "${values.sparsity}"`);
  return { bench, json: values.json, peers: values.peers, rounds, sparsity, only: values.only, build };
}

function isBench(name: string | undefined): name is BenchName {
  return benches.some((bench) => bench === name);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        peers: { type: 'boolean', default: false },
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
