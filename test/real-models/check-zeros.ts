/** Zeros of every kind in a real model: however it is run sparse, it gives what it gives dense. */
import type { ModelCase } from '../../bench/models/table.ts';
import type { Values } from '../../bench/models/values.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { writeOnnx } from '../../src/onnx/index.ts';
import { type PatternOption, prune } from '../../src/prune/index.ts';
import { candidatesOf } from '../../src/prune/targets.ts';
import { distance, outputsOf, TOLERANCE } from './compare.ts';
import { kernelsThatFit, type Loaded, lacewing, lacewingOnly, onnxruntime, prepared } from './engines.ts';

export interface Checked {
  readonly title: string;
  /** As in `distance`. */
  readonly off: number;
  /** What `off` may be; default TOLERANCE. */
  readonly limit?: number;
}

export interface Zeros {
  readonly name: string;
  readonly pattern: PatternOption;
}

export const kindsOfZeros: readonly Zeros[] = [
  { name: 'unstructured', pattern: 'unstructured' },
  { name: '4x1', pattern: { block: [4, 1] } },
  { name: '2:4', pattern: { nm: '2:4' } },
];
export const SPARSITY = 0.8;
/** However far apart others are. */
const MOST = 10 * TOLERANCE;

/** Weights above which a model takes too long for everything: one kind of zeros, as a session runs them, must do. */
const MANY_WEIGHTS = 5e7;

/** The model with zeros, if it has weights that can be pruned and zeros of this kind are not too much for it. */
export function withZeros(graph: Graph, { name, pattern }: Zeros): Graph | undefined {
  const weights = candidatesOf(graph).filter(({ obstacle }) => obstacle === undefined);
  if (weights.length === 0 || (isLarge(graph) && name !== '4x1')) return undefined;
  return prune(graph, { pattern, ...(name === '2:4' ? {} : { sparsity: SPARSITY }) }).graph;
}

export function isLarge({ constants }: Graph): boolean {
  return [...constants.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0) > MANY_WEIGHTS;
}

/**
 * Every case as a session chooses, and the smallest one with every kernel that fits a sparse weight wherever it does. One
 * line for all that agree, and one for each that does not.
 */
export async function checkZeros(graph: Graph, cases: readonly ModelCase[], title: string): Promise<Checked[]> {
  const pruned = withLogits(graph);
  const want = await resultsOf(await lacewing(pruned, { format: 'dense' }), cases);
  const checked: Checked[] = [];
  const compare = async (engine: Loaded, how: string, some: readonly ModelCase[]) => {
    const got = await resultsOf(engine, some);
    const off = Math.max(...some.map((each, i) => distance(got[i], want[cases.indexOf(each)])));
    checked.push({ title: how, off });
  };
  await compare(await lacewing(pruned), 'as chosen', cases);
  if (isLarge(pruned)) return told(checked, title, pruned, cases, want);
  const small = cases.toSorted((a, b) => elementsOf(a) - elementsOf(b)).slice(0, 1);
  await compare(await lacewing(pruned, { format: 'csr' }), 'csr', small);
  const ready = prepared(pruned);
  for (const kernel of await kernelsThatFit(ready, small[0].feeds(0, {})))
    await compare(await lacewingOnly(ready, kernel), kernel, small);
  return told(checked, title, pruned, cases, want);
}

async function told(
  checked: readonly Checked[],
  title: string,
  pruned: Graph,
  cases: readonly ModelCase[],
  want: readonly Values[][],
): Promise<Checked[]> {
  const wrong = checked.filter(({ off }) => !(off <= TOLERANCE));
  const right = checked.filter(({ off }) => off <= TOLERANCE);
  const limit = wrong.length > 0 ? await limitOf(pruned, cases, want) : TOLERANCE;
  const ways = `${right.length} ways to run it = dense`;
  return [
    ...(right.length > 0
      ? [{ title: `${title}, ${ways}`, off: right.reduce((most, { off }) => Math.max(most, off), 0) }]
      : []),
    ...wrong.map(({ title: how, off }) => ({ title: `${title}, ${how} = dense`, off, limit })),
  ];
}

/**
 * Pruned at one go, a model may turn rounding into differences that anyone can see. Where onnxruntime's dense run is further
 * from ours than the tolerance, no order of additions is right, and sparse runs may be as far from ours as that.
 */
async function limitOf(pruned: Graph, cases: readonly ModelCase[], want: readonly Values[][]): Promise<number> {
  const judge = await resultsOf(await onnxruntime(writeOnnx(pruned)), cases);
  const apart = cases.map((_, i) => distance(want[i], judge[i]));
  return Math.max(TOLERANCE, Math.min(MOST, Math.max(...apart)));
}

/** A model of which most is gone may be so sure that its softmax hides what went wrong: what goes into it is looked at too. */
function withLogits(graph: Graph): Graph {
  const logits = graph.nodes
    .filter(
      ({ op, outputs }) => (op === 'softmax' || op === 'sigmoid') && outputs.some((y) => graph.outputs.includes(y)),
    )
    .map(({ inputs }) => inputs[0]);
  const own = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  return { ...graph, outputs: [...new Set([...graph.outputs, ...logits.filter((name) => own.has(name))])] };
}

function elementsOf({ feeds, runs }: ModelCase): number {
  return runs * Object.values(feeds(0, {})).reduce((sum, { data }) => sum + data.length, 0);
}

async function resultsOf(engine: Loaded, cases: readonly ModelCase[]): Promise<Values[][]> {
  try {
    const results: Values[][] = [];
    for (const each of cases) results.push(await outputsOf(engine, each));
    return results;
  } finally {
    await engine.dispose();
  }
}
