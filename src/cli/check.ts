/** `lacewing check`: whether a model can run here, everything that stands in the way, and what it will cost. */
import { check as judge, type Verdict } from '../check/index.ts';
import { format } from '../core/shape.ts';
import { readFileBytes } from '../node/index.ts';
import { filesBeside } from '../runtime/beside.ts';
import { addJson, addShape, type NamedShape } from './options.ts';
import { shapesOf } from './shapes.ts';
import { bytes, encodingText, grouped, say, sayJson, tableOf, valueText } from './text.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly shape?: readonly NamedShape[];
  readonly json?: true;
}

export const check: Verb = {
  signature: 'check <model>',
  summary: 'tell whether a model can run, what stands in the way, and what it costs',
  examples: ['check model.onnx', 'check model.onnx --shape image=1x3x224x224', 'check model.onnx --json'],
  declare(command) {
    addShape(command);
    addJson(command).action(async (path: string, options: Options) => {
      const verdict = await verdictOf(path, options.shape);
      if (options.json) sayJson(forMachines(verdict));
      else print(path, verdict);
      if (!verdict.runs) process.exitCode = 1;
    });
  },
};

async function verdictOf(path: string, given: readonly NamedShape[] = []): Promise<Verdict> {
  const file = await readFileBytes(path);
  const files = filesBeside(path);
  const settings = files ? { external: files.read } : {};
  try {
    const first = judge(file, settings);
    if (given.length === 0 || !first.graph) return first;
    // Names that are no inputs are the caller's mistake, and told as such.
    shapesOf(first.graph, given);
    const shapes = Object.fromEntries(given.map(({ name, shape }) => [name, shape]));
    return { ...judge(first.graph, { shapes }), conversions: first.conversions };
  } finally {
    files?.close();
  }
}

function layersOf({ layers }: Verdict) {
  return layers.map(({ name, node, shape, constant, obstacle }) => ({
    name,
    node,
    shape,
    encoding: encodingText(constant),
    prunable: obstacle === undefined,
    ...(obstacle !== undefined && { obstacle }),
  }));
}

function forMachines(verdict: Verdict) {
  const { runs, problems, conversions, graph, estimate: cost, shapes } = verdict;
  return {
    runs,
    problems,
    conversions,
    ...(graph && { inputs: graph.inputs, outputs: graph.outputs, layers: layersOf(verdict) }),
    ...(cost && { shapes: Object.fromEntries(shapes ?? []), ...cost }),
  };
}

function print(path: string, verdict: Verdict): void {
  const { runs, problems, conversions, graph, estimate: cost, shapes } = verdict;
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  say(runs ? `${path} can run` : `${path} cannot run: ${count}`);
  for (const problem of problems) say(`  - ${problem}`);
  for (const conversion of conversions) say(`note: ${conversion}`);
  if (!graph || !cost) return;
  for (const { name, dtype } of graph.inputs) say(`  input   ${valueText(name, dtype, shapes?.get(name) ?? [])}`);
  const { dense, sparse } = cost.multiplyAdds;
  const share = dense === 0 ? '' : `, ${grouped(sparse)} without the zeros`;
  say(`memory: weights ${bytes(cost.weightBytes)}, activations ${bytes(cost.activationBytes)}`);
  say(`multiply-adds: ${grouped(dense)}${share}`);
  for (const slow of cost.slow) say(`slow: ${slow}`);
  for (const waiting of cost.waiting) say(`runs in stages: ${waiting}`);
  if (cost.behind > 0)
    say(
      `not in these figures: ${grouped(cost.behind)} of ${grouped(graph.nodes.length)} nodes, which follow from a run`,
    );
  const layers = layersOf(verdict);
  say(`prunable layers: ${layers.filter(({ prunable }) => prunable).length} of ${layers.length}`);
  const columns = ['weight', 'node', 'shape', 'encoding', ''].map((head) => ({ head }));
  const rows = layers.map(({ name, node, shape, encoding, obstacle }) => [
    name,
    node,
    format(shape),
    encoding,
    obstacle === undefined ? '' : `not prunable: ${obstacle}`,
  ]);
  if (rows.length > 0) say(tableOf(columns, rows));
}
