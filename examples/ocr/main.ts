/**
 * Prunes a recogniser of text without losing it: `npm run ocr`; `npm run ocr -- --help` tells the options. Lines are drawn, the
 * dense model says what it sees in them, and for each sparsity the model is pruned, reconstructed layer by layer, distilled from the
 * dense one, exported, and judged on lines with other fonts and other words. Model, fonts, words and the onnxruntimes are those of
 * bench/peers, installed when first asked for.
 */

import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { UsageError } from 'lacewing';
import { writeFileAtomic } from 'lacewing/node';
import { installPeers } from '../../bench/peers.ts';
import { percent } from '../demo/report.ts';
import { taughtLines } from './answers.ts';
import { marksOf, testLines } from './marks.ts';
import { readLines, readRecognizer } from './model.ts';
import { sameTexts } from './onnxruntime.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type Row, reportOf } from './report.ts';
import { speedOf } from './speed.ts';
import { runSparsity } from './stages.ts';

const TEST_LINES = 300;
const minutesFor = (sparsity: number) => (sparsity > 0.5 && sparsity <= 0.7 ? 10 : 20);

async function run({ sparsities, minutes, epochs, seed, lines: count, out }: Options): Promise<void> {
  mkdirSync(out, { recursive: true });
  await installPeers();
  const recognizer = readRecognizer();
  const { graph, characters } = recognizer;
  console.log(`${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, one thread`);
  const test = testLines(seed, TEST_LINES);
  const dense = marksOf(test.texts, await readLines(graph, test.images, characters));
  console.log(`dense: ${percent(dense.error)} of characters wrong in ${TEST_LINES} test lines\n`);
  const lines = await taughtLines(out, seed, count, recognizer);

  const rows: Row[] = [];
  for (const sparsity of sparsities) {
    console.log(`\n${percent(sparsity)} zeros`);
    const settings = { sparsity, minutes: minutes ?? minutesFor(sparsity), epochs, seed, out };
    const outcome = await runSparsity(settings, recognizer, lines, test);
    const same = await sameTexts(outcome.onnx, test.images, outcome.texts, characters);
    console.log(`${''.padEnd(28)}the exported model reads ${same} of ${TEST_LINES} lines alike in onnxruntime`);
    const speed = await speedOf(outcome.graph);
    console.log(
      `${''.padEnd(28)}${speed.lacewing.toFixed(1)} ms a line, onnxruntime-web on the dense model ${speed.peer.toFixed(1)} ms`,
    );
    rows.push({ outcome, same, speed });
    const report = reportOf(rows, { dense, count: TEST_LINES, trained: lines.length });
    await writeFileAtomic(join(out, 'results.md'), new TextEncoder().encode(report.markdown));
    await writeFileAtomic(join(out, 'ocr.svg'), new TextEncoder().encode(report.svg));
  }
  console.log(`\nwrote ${join(out, 'results.md')} and ${join(out, 'ocr.svg')}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await run(options);
  else console.log(usage);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
