/** One real model: as it is, written out again, and pruned. Each must give what onnxruntime gives. */
import { readFileSync } from 'node:fs';
import type { RealModel } from '../../bench/models/table.ts';
import type { Values } from '../../bench/models/values.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { prune } from '../../src/prune/index.ts';
import { distance, outputsOf } from './compare.ts';
import { type Loaded, lacewing, onnxruntime } from './engines.ts';

export interface Checked {
  readonly title: string;
  /** As in `distance`. */
  readonly off: number;
}

const SPARSITY = 0.8;

export async function checkModel({ name, cases, prunable }: RealModel, path: string): Promise<Checked[]> {
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
  if (!prunable) return checked;

  const pruned = prune(graph, { sparsity: SPARSITY }).graph;
  want.length = 0;
  await use(await onnxruntime(writeOnnx(pruned)), async (judge) => {
    for (const each of cases) want.push(await outputsOf(judge, each));
  });
  await compare(await lacewing(pruned), `, ${100 * SPARSITY} % of its weights zero`);
  return checked;
}

async function use(engine: Loaded, action: (engine: Loaded) => Promise<void>): Promise<void> {
  try {
    await action(engine);
  } finally {
    await engine.dispose();
  }
}
