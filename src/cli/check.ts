/** `lacewing check`: whether a model can run here, everything that stands in the way, and what it will cost. */
import { ModelError, UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { obstaclesOf, problemsOf } from '../ops/verify.ts';
import { candidatesOf } from '../prune/index.ts';
import { type Estimate, estimate } from './estimate.ts';
import { readModelFile } from './model-file.ts';
import { addJson, addShape, type NamedShape } from './options.ts';
import { shapesOf } from './shapes.ts';
import { bytes, encodingText, grouped, say, sayJson, tableOf, valueText } from './text.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly shape?: readonly NamedShape[];
  readonly json?: true;
}

interface Verdict {
  readonly runs: boolean;
  readonly problems: readonly string[];
  readonly graph?: Graph;
  readonly estimate?: Estimate;
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
}

export const check: Verb = {
  signature: 'check <model>',
  summary: 'tell whether a model can run, what stands in the way, and what it costs',
  examples: ['check model.onnx', 'check model.onnx --shape image=1x3x224x224', 'check model.onnx --json'],
  declare(command) {
    addShape(command);
    addJson(command).action(async (path: string, options: Options) => {
      const verdict = await judge(path, options.shape);
      if (options.json) sayJson(forMachines(verdict));
      else print(path, verdict);
      if (!verdict.runs) process.exitCode = 1;
    });
  },
};

async function judge(path: string, given: readonly NamedShape[] | undefined): Promise<Verdict> {
  let graph: Graph;
  try {
    graph = await readModelFile(path);
  } catch (error) {
    if (error instanceof ModelError) return { runs: false, problems: error.problems };
    throw error;
  }
  const unsound = problemsOf(graph);
  const problems = unsound.length > 0 ? unsound : obstaclesOf(graph);
  if (problems.length > 0) return { runs: false, problems, graph };
  const shapes = shapesOf(graph, given);
  try {
    return { runs: true, problems, graph, shapes, estimate: estimate(graph, shapes) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const tried = [...shapes].map(([name, shape]) => `${name} ${format(shape)}`).join(', ');
    return { runs: false, problems: [`with ${tried}: ${error.message} (--shape tries others)`], graph };
  }
}

function layersOf(graph: Graph) {
  return candidatesOf(graph).map(({ name, node, shape, constant, obstacle }) => ({
    name,
    node,
    shape,
    encoding: encodingText(constant),
    prunable: obstacle === undefined,
    ...(obstacle !== undefined && { obstacle }),
  }));
}

function forMachines({ runs, problems, graph, estimate: cost, shapes }: Verdict) {
  return {
    runs,
    problems,
    ...(graph && { inputs: graph.inputs, outputs: graph.outputs, layers: layersOf(graph) }),
    ...(cost && { shapes: Object.fromEntries(shapes ?? []), ...cost }),
  };
}

function print(path: string, { runs, problems, graph, estimate: cost, shapes }: Verdict): void {
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  say(runs ? `${path} can run` : `${path} cannot run: ${count}`);
  for (const problem of problems) say(`  - ${problem}`);
  if (!graph || !cost) return;
  for (const { name, dtype } of graph.inputs) say(`  input   ${valueText(name, dtype, shapes?.get(name) ?? [])}`);
  const { dense, sparse } = cost.multiplyAdds;
  const share = dense === 0 ? '' : `, ${grouped(sparse)} without the zeros`;
  say(`memory: weights ${bytes(cost.weightBytes)}, activations ${bytes(cost.activationBytes)}`);
  say(`multiply-adds: ${grouped(dense)}${share}`);
  for (const slow of cost.slow) say(`slow: ${slow}`);
  const layers = layersOf(graph);
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
