/** One real model: as it is, written out again, and pruned. Each must give what onnxruntime gives, sparse what it gives dense. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RealModel } from '../../bench/models/table.ts';
import type { Values } from '../../bench/models/values.ts';
import type { Peer } from '../../examples/demo/peer.ts';
import { writeLace } from '../../src/file/index.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { type Checked, checkZeros, isLarge, kindsOfZeros, SPARSITY, withZeros } from './check-zeros.ts';
import { distance, outputsOf } from './compare.ts';
import { type Loaded, lacewing, onnxruntime } from './engines.ts';
import type { Answer, Question } from './relaxed.ts';

/** @param relaxed the relaxed build in a process of its own, see relaxed.ts */
export async function checkModel(model: RealModel, path: string, relaxed: Peer): Promise<Checked[]> {
  const { name, cases, prunable } = model;
  const bytes = new Uint8Array(readFileSync(path));
  const checked: Checked[] = [];
  const want: Values[][] = [];
  await use(await onnxruntime(path), async (judge) => {
    for (const each of cases) want.push(await outputsOf(judge, each));
  });
  const compare = (engine: Loaded, what: string) =>
    use(engine, async () => {
      for (const [i, each] of cases.entries())
        checked.push({ title: `${name}, ${each.title}${what}`, off: distance(await outputsOf(engine, each), want[i]) });
    });
  await compare(await lacewing(bytes), '');
  const graph = readOnnx(bytes);
  await compare(await onnxruntime(writeOnnx(graph)), ', exported, by onnxruntime');

  for (const zeros of kindsOfZeros) {
    const pruned = withZeros(graph, zeros);
    if (!pruned) continue;
    checked.push(...(await inBothBuilds(model, pruned, `${name}, ${zeros.name}`, relaxed)));
    if (!prunable || zeros.name !== 'unstructured') continue;
    want.length = 0;
    await use(await onnxruntime(writeOnnx(pruned)), async (judge) => {
      for (const each of cases) want.push(await outputsOf(judge, each));
    });
    await compare(await lacewing(pruned), `, ${100 * SPARSITY} % of its weights zero`);
  }
  return checked;
}

/** At the same time: the other build has a process of its own. */
async function inBothBuilds(model: RealModel, pruned: Graph, title: string, relaxed: Peer): Promise<Checked[]> {
  const { name, cases } = model;
  if (isLarge(pruned)) return checkZeros(pruned, cases, title);
  const folder = mkdtempSync(join(tmpdir(), 'lacewing-zeros-'));
  try {
    const question: Question = { check: join(folder, 'pruned.lace'), of: name, title };
    writeFileSync(question.check, writeLace(pruned));
    const others = relaxed.ask<Answer>(question);
    const own = await checkZeros(pruned, cases, title);
    return [
      ...own,
      ...(await others).map(([what, ...numbers]) => {
        const [off, limit] = numbers.map(Number);
        return { title: what, off, limit };
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function use(engine: Loaded, action: (engine: Loaded) => Promise<void>): Promise<void> {
  try {
    await action(engine);
  } finally {
    await engine.dispose();
  }
}
