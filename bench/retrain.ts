/** One retraining step of PP-OCR's recognition model: dense, and with its zeros staying zeros. */
import { readFileSync } from 'node:fs';
import { type Graph, Tensor } from 'lacewing';
import { readOnnx } from 'lacewing/onnx';
import { type PatternOption, prune } from 'lacewing/prune';
import { adam, condense, Trainer } from 'lacewing/train';
import { takeTurns } from '../examples/demo/rounds.ts';
import { lineBatch } from './models/pictures.ts';
import { realModels, textLines } from './models/table.ts';
import type { BenchOptions } from './options.ts';
import { installPeers } from './peers.ts';
import type { Result } from './report.ts';
import { acceptanceTable, verdictOf } from './verdict.ts';

const LINES = 8;
const WIDTH = 320;
/** The model makes one guess for every eight columns. */
const GUESSES = WIDTH / 8;
const CHARACTERS = 6625;

interface Variant {
  readonly name: string;
  readonly sparsity: number;
  readonly pattern: PatternOption;
}

const unstructured = (sparsity: number): Variant => ({
  name: sparsity === 0 ? 'dense' : `${100 * sparsity} % zeros`,
  ...{ sparsity, pattern: 'unstructured' },
});

const WANTED = unstructured(0.7);
const variants: readonly Variant[] = [
  unstructured(0),
  unstructured(0.5),
  WANTED,
  unstructured(0.8),
  unstructured(0.9),
  { name: '90 % zeros, 4x1', sparsity: 0.9, pattern: { block: [4, 1] } },
];

/** Every layer loses the same share at random: speed does not depend on which weights go. */
function pruned(graph: Graph, { sparsity, pattern }: Variant): Graph {
  return sparsity === 0 ? graph : prune(graph, { criterion: 'random', scope: 'layer', sparsity, pattern }).graph;
}

/** Steps of Adam on eight lines of text, cross entropy of every guess. Each trainer steps in turn, round by round. */
export async function benchRetraining({ rounds = 11 }: Pick<BenchOptions, 'rounds'>): Promise<readonly Result[]> {
  await installPeers();
  const path = realModels.find(({ name }) => name === 'PP-OCR rec')?.path();
  if (path === undefined) throw new Error('want PP-OCR rec among the models');
  const read = readOnnx(new Uint8Array(readFileSync(path)));
  const inputs = read.inputs.map((input) => ({ ...input, shape: [LINES, 3, 48, WIDTH] }));
  const graph = condense({ ...read, inputs });
  const lines = lineBatch(textLines.slice(5, 5 + LINES), WIDTH);
  const batch = {
    inputs: { [graph.inputs[0].name]: new Tensor('float32', lines.data as Float32Array, lines.dims) },
    targets: new Tensor(
      'int32',
      Int32Array.from({ length: LINES * GUESSES }, (_, i) => (i * 37) % CHARACTERS),
      [LINES, GUESSES],
    ),
  };
  const trainers: Trainer[] = [];
  try {
    for (const variant of variants)
      trainers.push(await Trainer.create(pruned(graph, variant), { optimizer: adam(), learningRate: 1e-5 }));
    const contestants = variants.map(({ name }, i) => ({
      name,
      async time(runs: number) {
        const start = performance.now();
        for (let run = 0; run < runs; run++) trainers[i].step(batch);
        return ((performance.now() - start) * 1000) / runs;
      },
    }));
    const timings = await takeTurns(contestants, { rounds, turnMicroseconds: 1, warmUpMicroseconds: 1e6 });
    const [dense] = timings;
    const ratio = dense.min / timings[variants.indexOf(WANTED)].min;
    return [
      {
        title: `retraining step of PP-OCR rec, ${LINES} lines of 3x48x${WIDTH}, Adam, ${rounds} rounds`,
        columns: ['contestant', 'multiply-adds', 'min ms', 'median ms', '× dense min', '× dense median'],
        rows: timings.map(({ name, min, median }, i) => [
          ...[name, trainers[i].stepCost(LINES).sparse],
          ...[min / 1000, median / 1000].map((ms) => ms.toFixed(1)),
          ...[dense.min / min, dense.median / median].map((times) => times.toFixed(2)),
        ]),
      },
      acceptanceTable([
        verdictOf(
          { point: '6', layer: 'PP-OCR rec', what: `step at ${WANTED.name}, × own dense step`, wanted: 1.5 },
          ratio,
        ),
      ]),
    ];
  } finally {
    for (const trainer of trainers) trainer.dispose();
  }
}
