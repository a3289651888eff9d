/** The benches. `npm run bench` is a quick look; `npm run bench -- --help` tells of the others and of the options. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession, init, UsageError } from 'lacewing';
import { supportsRelaxedSimd } from '../src/runtime/modules.ts';
import { reportPage } from './html/page.ts';
import { benchKernels } from './kernels.ts';
import { benchLatency } from './latency.ts';
import { benchLayers } from './layers/bench.ts';
import { commitHere, markdownOf } from './markdown.ts';
import { benchModels } from './models/bench.ts';
import { type BenchOptions, type ReportOptions, readOptions, usage } from './options.ts';
import { installPeers, onNode24 } from './peers.ts';
import { benchPruned } from './pruned/bench.ts';
import { fromJson, toJson } from './record.ts';
import { machine, machineLoad, printResult, type Result } from './report.ts';
import { headline, type Report } from './result.ts';
import { benchRetraining } from './retrain.ts';
import { roofOf } from './roof.ts';
import { denseModel } from './subject.ts';
import { benchTraining } from './train.ts';

async function bench(options: BenchOptions): Promise<void> {
  if (options.build === 'relaxed' && !supportsRelaxedSimd()) {
    if (options.peers || options.bench === 'pruned') await installPeers();
    process.exitCode = onNode24(process.argv.slice(1));
    return;
  }
  await init(options.build === undefined ? {} : { build: options.build });
  using session = await InferenceSession.create(denseModel());
  const { build } = session.info();
  const about = { bench: options.bench, ...machine(), build };
  console.log(`${headline(about)}\n`);
  const before = machineLoad();
  const found = await run(options, build);
  const load = `load average ${before} before and ${machineLoad()} after`;
  console.log(load);
  const report: Report = { ...about, load, ...found };
  if (options.json !== undefined) writeFileSync(options.json, toJson(report));
  if (options.md !== undefined) writeFileSync(options.md, markdownOf(report, process.argv.slice(2), commitHere()));
}

async function run(options: BenchOptions, build: string): Promise<Pick<Report, 'results' | 'runs' | 'roof'>> {
  const all = async (results: Promise<readonly Result[]>) => {
    for (const result of await results) printResult(result);
    return { results: await results };
  };
  const training = async () => [await benchTraining(options)];
  switch (options.bench) {
    case 'quick':
    case 'layers': {
      const roof = await roofOf(build === 'relaxed');
      console.log(`f32x4 multiplies and adds alone: ${roof.toFixed(1)} GF/s\n`);
      const runs = await benchLayers(options, printResult);
      const { results } = options.bench === 'quick' ? await all(training()) : { results: [] };
      return { roof, runs, results };
    }
    case 'models':
      return { results: await benchModels(options, printResult) };
    case 'pruned':
      return benchPruned(options, printResult);
    case 'train':
      return all(training().then(async (steps) => [...steps, ...(await benchRetraining(options))]));
    case 'latency':
      return all(benchLatency(options));
    case 'kernels':
      return all(benchKernels(options));
  }
}

function report({ from, html }: ReportOptions): void {
  const page = reportPage(from.map(readReport));
  if (html === undefined) process.stdout.write(page);
  else writeFileSync(html, page);
}

function readReport(path: string): Report {
  if (!existsSync(path)) throw new UsageError(`report: there is no ${path}`);
  return fromJson(readFileSync(path, 'utf8'), path);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (!options) console.log(usage);
  else if (options.bench === 'report') report(options);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
