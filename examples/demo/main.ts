/**
 * Lacewing on real data, start to end: train on MNIST, prune, retrain, save, load, check, measure.
 * Run with `npm run demo`; `npm run demo -- --help` tells the options.
 */
import { cpus } from 'node:os';
import { UsageError } from 'lacewing';
import { printReport, prune, reportOf } from 'lacewing/prune';
import { type Copy, checkCopies } from './checks.ts';
import { hashOf, prepareFolder, saveLace, saveOnnx } from './files.ts';
import { learn } from './learn.ts';
import { measure } from './measure.ts';
import { firstOf, readMnist } from './mnist.ts';
import { type Options, readOptions, usage } from './options.ts';
import { errorWith } from './outputs.ts';
import { patternNamed } from './patterns.ts';
import { type Peer, startPeer } from './peer.ts';
import { type Recipe, recipes } from './recipes.ts';
import { percent, tableOf } from './report.ts';

const QUICK = { rounds: 5, warmUpMicroseconds: 30000 } as const;
const FULL = { rounds: 40, warmUpMicroseconds: 300000 } as const;
const BATCHES = [1, 128];

/** Returns false when a check failed. */
async function demo(options: Options): Promise<boolean> {
  const start = performance.now();
  const { quick, seed, out } = options;
  const recipe: Recipe = recipes[options.model];
  const patterns = options.patterns.map(patternNamed);
  prepareFolder(out);
  const all = readMnist();
  const images = quick ? firstOf(all.train, recipe.quick.train) : all.train;
  const test = quick ? firstOf(all.test, recipe.quick.test) : all.test;
  console.log(`${recipe.title} on MNIST: ${images.count} training images, ${test.count} test images, seed ${seed}`);
  console.log(`${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, one thread\n`);

  const epochs = options.epochs ?? (quick ? 1 : recipe.epochs);
  const retrainEpochs = options.retrainEpochs ?? (quick ? 1 : recipe.retrainEpochs);
  const dense = await learn('train dense', recipe.build(seed), { recipe, images, epochs, seed });
  const denseError = await errorWith(dense, 'dense', test, recipe.item);
  const denseFile = saveOnnx(out, `${options.model}-dense`, dense);
  console.log(`${''.padEnd(28)}test error ${percent(denseError)}, weights ${hashOf(dense)}\n`);

  const copies: Copy[] = [];
  for (const pattern of patterns) {
    const sparsity = pattern.sparsity ?? recipe.sparsity;
    const atOnce = prune(dense, { pattern: pattern.option, scope: 'global', sparsity });
    const unretrained = await errorWith(atOnce.graph, pattern.format, test, recipe.item);
    const learning = { recipe, images, epochs: retrainEpochs, seed };
    const graph = await learn(`prune ${pattern.name}`, dense, learning, { pattern, sparsity });
    const name = `${options.model}-${pattern.name.replace(':', 'of')}`;
    const files = { onnx: saveOnnx(out, name, graph), lace: saveLace(out, name, graph) };
    const error = await errorWith(graph, pattern.format, test, recipe.item);
    const report = reportOf(graph, pattern.name, new Map());
    const zeros = report.pruned.sparsity;
    console.log(`${''.padEnd(28)}test error ${percent(error)}, weights ${hashOf(graph)}`);
    console.log(`\n${printReport(report)}`);
    copies.push({ pattern, graph, zeros, unretrained, error, ...files });
  }

  const effort = quick ? QUICK : FULL;
  const subject = { dense: { error: denseError, file: denseFile }, copies, item: recipe.item, test };
  const { passed, rows } = await withOnnxruntime(async (peer) => ({
    passed: await checkCopies(copies, test, recipe.item, peer),
    rows: await measure({ ...subject, peer }, BATCHES, effort),
  }));
  console.log(`\n${tableOf(rows, BATCHES)}`);
  console.log(
    `error: on the test images; unretrained: when the dense model is pruned at once. Latency: µs per image over ${effort.rounds} ` +
      'rounds in turns, one thread; × ORT: how many times faster than onnxruntime-web in a process of its own.',
  );
  if (quick)
    console.log('A quick run learns little and warms up too briefly for fair ratios: leave out --quick for both.');
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${passed ? 'All checks passed' : 'A CHECK FAILED'}. ${seconds} s.`);
  return passed;
}

async function withOnnxruntime<Result>(use: (peer: Peer) => Promise<Result>): Promise<Result> {
  const peer = startPeer(new URL('./onnxruntime.ts', import.meta.url));
  try {
    return await use(peer);
  } finally {
    peer.stop();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = (await demo(options)) ? 0 : 1;
  else console.log(usage);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
