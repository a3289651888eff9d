/** The benches. Run with `npm run bench -- train|latency|kernels`; `npm run bench -- --help` tells the options. */
import { writeFileSync } from 'node:fs';
import { init, UsageError } from 'lacewing';
import { benchKernels } from './kernels.ts';
import { benchLatency } from './latency.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { machine, printHeader, printResult, type Result } from './report.ts';
import { benchTraining } from './train.ts';

async function bench(options: BenchOptions): Promise<void> {
  await init(options.build === undefined ? {} : { build: options.build });
  printHeader(options.bench);
  const results: readonly Result[] = await run(options);
  for (const result of results) printResult(result);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ bench: options.bench, ...machine(), results }, undefined, 2)}\n`);
}

async function run(options: BenchOptions): Promise<readonly Result[]> {
  switch (options.bench) {
    case 'train':
      return [await benchTraining(options)];
    case 'latency':
      return benchLatency(options);
    case 'kernels':
      return benchKernels(options);
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await bench(options);
  else console.log(usage);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
