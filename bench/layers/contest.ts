/** The contest of one layer: every variant in this process, other engines in theirs, all in turns. Runs in browsers too. */
import { InferenceSession, Tensor } from 'lacewing';
import { writeOnnx } from 'lacewing/onnx';
import { type Contestant, takeTurns } from '../../examples/demo/rounds.ts';
import { graphOf, inputOf, type Layer } from './layer.ts';
import type { LayerRun } from './run.ts';
import type { Variant } from './variants.ts';

/** Another engine, somewhere else. */
export interface Rival {
  readonly engine: string;
  /** Loads a model and keeps an input for it. Resolves to the engine's version and what comes out. */
  readonly load: (
    model: Uint8Array,
    data: Float32Array,
    dims: readonly number[],
  ) => Promise<{ readonly version: string; readonly output: Float32Array }>;
  /** Runs that often in a row and says the microseconds of one. */
  readonly time: (runs: number) => Promise<number>;
}

export interface ContestOptions {
  readonly rounds: number;
  readonly turnMicroseconds?: number;
  readonly warmUpMicroseconds?: number;
}

interface Entrant extends Contestant {
  readonly about: Pick<LayerRun, 'engine' | 'version' | 'pattern' | 'sparsity' | 'threads' | 'kernel' | 'flops'>;
}

/**
 * Times every variant and rival on a layer. All of them load it as an ONNX file and are fed the same numbers. The rivals
 * get the weights without zeros: they do not look for any. Throws an Error when two do not compute the same.
 */
export async function contest(
  layer: Layer,
  variants: readonly Variant[],
  rivals: readonly Rival[],
  options: ContestOptions,
): Promise<LayerRun[]> {
  const { kind, columns, inputs, outputs, shape, title } = layer;
  const data = inputOf(layer);
  const feeds = { x: new Tensor('float32', data, shape) };
  const sessions: InferenceSession[] = [];
  const open = async (model: Uint8Array, format: 'dense' | 'auto', threads = 1) => {
    const session = await InferenceSession.create(model, { format, threads });
    sessions.push(session);
    return session;
  };
  const once = (session: InferenceSession) => session.runSync(feeds)[session.outputNames[0]].data as Float32Array;
  const flops = 2 * columns * inputs * outputs;
  try {
    const entrants: Entrant[] = [];
    const whole = writeOnnx(graphOf(layer, 0, 'unstructured'));
    for (const { pattern, option, sparsity, format, threads } of variants) {
      const model = sparsity === 0 ? whole : writeOnnx(graphOf(layer, sparsity, option));
      const session = await open(model, format, threads);
      const { steps } = await session.profile(feeds);
      const main = steps.filter(({ op }) => op === 'matmul' || op === 'conv2d');
      const kernel = [...new Set(main.map((step) => step.kernel))].join(', ');
      if (sparsity > 0) {
        const dense = await open(model, 'dense');
        same(`${title}, ${(100 * sparsity).toFixed(0)} % ${pattern}`, once(session), once(dense));
        dense.dispose();
      }
      const { build } = session.info();
      entrants.push({
        name: `${title}, ${pattern}`,
        about: {
          ...{ engine: 'lacewing', version: build, pattern, sparsity, threads: session.info().threads, kernel },
          flops: flops * (1 - sparsity),
        },
        async time(runs) {
          const start = performance.now();
          for (let i = 0; i < runs; i++) await session.run(feeds);
          return ((performance.now() - start) * 1000) / runs;
        },
      });
    }
    const own = rivals.length > 0 ? once(await open(whole, 'dense')) : data;
    for (const { engine, load, time } of rivals) {
      const { version, output } = await load(whole, data, shape);
      same(`${title}, ${engine}`, output, own);
      const about = { engine, version, pattern: 'dense', sparsity: 0, threads: 1, kernel: '', flops };
      entrants.push({ name: `${title}, ${engine}`, about, time });
    }
    const timings = await takeTurns(entrants, options);
    return timings.map(({ min, median }, i) => ({
      ...{ layer: title, kind, columns, inputs, outputs, ...entrants[i].about, min, median },
    }));
  } finally {
    for (const session of sessions) session.dispose();
  }
}

/** A wrong product would be no contest. Outputs are sums of thousands of numbers near 1. */
function same(name: string, got: Float32Array, want: Float32Array): void {
  if (got.length !== want.length) throw new Error(`${name}: want ${want.length} numbers, got ${got.length}`);
  for (let i = 0; i < want.length; i++)
    if (!(Math.abs(got[i] - want[i]) <= 1e-3)) throw new Error(`${name}[${i}]: want ${want[i]}, got ${got[i]}`);
}
