/**
 * Damaged copies of real models: `npm run fuzz [-- --runs N --seed N]`. Each is refused by a ModelError, or loads and then runs,
 * or ends in a UsageError that names what does not fit: within a second and a half, under a cap of memory. Anything else is
 * printed with the seed that makes it again, and the end is 1.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { realModels } from '../../bench/models/table.ts';
import { installPeers } from '../../bench/peers.ts';
import { ModelError, UsageError } from '../../src/core/errors.ts';
import { random, uniform } from '../../src/core/random.ts';
import { provideInlineModules } from '../../src/entries/inline.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { structureOf } from './structure.ts';
import { zeros } from './zeros.ts';

/** Larger files would only take longer to copy. */
const MOST_BYTES = 4e6;
const MAX_MEMORY = 2 ** 28;
const SLOW_MS = 1500;

const { runs, seed } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
}).values;

provideInlineModules();
await installPeers().then(
  async () => {
    process.exitCode = await fuzz(Number(runs), Number(seed));
  },
  (error: Error) => console.log(`skipped: damaged real models (bench/peers could not be installed: ${error.message})`),
);

async function fuzz(count: number, first: number): Promise<number> {
  const files = realModels
    .map(({ name, path }) => ({ name, path: path() }))
    .filter(
      (file): file is { name: string; path: string } =>
        file.path !== undefined && statSync(file.path).size < MOST_BYTES,
    )
    .map(({ name, path }) => {
      const bytes = new Uint8Array(readFileSync(path));
      return { name, bytes, places: structureOf(bytes) };
    });
  const tally = new Map<string, number>();
  let wrong = 0;
  for (let run = first; run < first + count; run++) {
    const { name, bytes, verdict, milliseconds } = await tryOne(files, run);
    const bad = verdict.startsWith('WRONG') || milliseconds > SLOW_MS;
    if (bad) {
      wrong++;
      console.log(`seed ${run}, ${name}, ${bytes} bytes, ${milliseconds.toFixed(0)} ms: ${verdict}`);
    }
    const kind = bad ? 'wrong' : verdict;
    tally.set(kind, (tally.get(kind) ?? 0) + 1);
  }
  console.log(`${count} damaged files from seed ${first}: ${[...tally].map(([kind, n]) => `${n} ${kind}`).join(', ')}`);
  return wrong > 0 ? 1 : 0;
}

interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
}

async function tryOne(files: readonly File[], seed: number) {
  const generator = random(seed);
  const below = (n: number) => Math.floor(uniform(generator) * n);
  const file = files[below(files.length)];
  const bytes = damaged(file, below);
  const start = performance.now();
  const verdict = await verdictOn(bytes);
  return { name: file.name, bytes: bytes.length, verdict, milliseconds: performance.now() - start };
}

/** Cut off, moved, or with some bytes changed; two thirds of the places are near names and numbers, not in weights. */
function damaged({ bytes, places }: File, below: (n: number) => number): Uint8Array {
  const out = bytes.slice();
  const place = () => {
    const at = below(3) === 0 ? below(out.length) : places[below(places.length)] - 6 + below(12);
    return Math.min(out.length - 1, Math.max(0, at));
  };
  const kind = below(10);
  if (kind === 0) return out.subarray(0, below(out.length));
  if (kind === 1) {
    const at = place();
    return out.copyWithin(at, at + 1 + below(20));
  }
  for (let changes = 1 + below(4); changes > 0; changes--)
    out[place()] = below(4) === 0 ? [0, 1, 127, 128, 255][below(5)] : below(256);
  return out;
}

async function verdictOn(bytes: Uint8Array): Promise<string> {
  let session: InferenceSession | undefined;
  try {
    const graph = readOnnx(bytes);
    session = await InferenceSession.create(graph, { maxMemory: MAX_MEMORY });
    await session.run(zeros(graph));
    return 'run';
  } catch (error) {
    if (error instanceof ModelError) return 'refused';
    if (error instanceof UsageError && session) return 'refused while running';
    return `WRONG ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    session?.dispose();
  }
}
