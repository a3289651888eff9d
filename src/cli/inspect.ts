/** `lacewing inspect`: what is in a model, layer by layer. */
import { format } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { openTypes } from '../ops/open-types.ts';
import { type Count, candidatesOf, reportOf } from '../prune/index.ts';
import { InferenceSession } from '../runtime/session.ts';
import { readModelFile } from './model-file.ts';
import { addJson, addShape, type NamedShape } from './options.ts';
import { shapesOf } from './shapes.ts';
import { bytes, encodingText, grouped, percent, say, sayJson, tableOf, valueText } from './text.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly plan?: true;
  readonly shape?: readonly NamedShape[];
  readonly json?: true;
}

export const inspect: Verb = {
  signature: 'inspect <model>',
  summary: 'list the layers of a model, their encodings and their zeros',
  examples: ['inspect pruned.lace', 'inspect model.onnx --json', 'inspect pruned.lace --plan --shape image=128x784'],
  declare(command) {
    addShape(command.option('--plan', 'print which kernel runs each step, and why'));
    addJson(command).action(async (path: string, options: Options) => {
      const graph = await readModelFile(path);
      const description = describe(graph);
      const plan = options.plan && (await planOf(graph, options.shape));
      if (options.json) return sayJson({ ...description, ...(plan !== undefined && { plan }) });
      print(description);
      if (plan !== undefined) say(`\n${plan.trimEnd()}`);
    });
  },
};

async function planOf(graph: Graph, shapes: readonly NamedShape[] | undefined): Promise<string> {
  using session = await InferenceSession.create(graph);
  return session.plan(Object.fromEntries(shapesOf(graph, shapes)));
}

type Description = ReturnType<typeof describe>;

function describe(graph: Graph) {
  const types = openTypes(graph);
  const ops = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  const candidates = candidatesOf(graph);
  const encodings = new Map(candidates.map(({ name, constant }) => [name, encodingText(constant)]));
  const obstacles = new Map(candidates.map(({ name, obstacle }) => [name, obstacle]));
  const { layers, prunable, parameters } = reportOf(graph, '', new Map());
  return {
    name: graph.name,
    inputs: graph.inputs,
    outputs: graph.outputs.map((name) => ({ name, ...types.get(name) })),
    nodes: graph.nodes.length,
    layers: layers.map((layer) => ({
      ...layer,
      op: ops.get(layer.node) ?? '',
      pattern: encodings.get(layer.name) ?? '',
      notPrunable: obstacles.get(layer.name) ?? null,
    })),
    prunable,
    parameters,
  };
}

function print({ name, inputs, outputs, nodes, layers, prunable, parameters }: Description): void {
  say(`model "${name}", ${nodes} nodes`);
  for (const input of inputs) say(`  input   ${valueText(input.name, input.dtype, input.shape)}`);
  for (const output of outputs)
    say(`  output  ${valueText(output.name, output.dtype ?? '?', output.shape ?? ['...'])}`);
  say('');
  const columns = [
    ...['weight', 'op', 'shape', 'encoding'].map((head) => ({ head })),
    ...['sparsity', 'non-zeros', 'of', 'bytes'].map((head) => ({ head, right: true })),
    { head: '' },
  ];
  const numbers = ({ sparsity, nonZeros, total, bytes: size }: Count) => [
    percent(sparsity),
    grouped(nonZeros),
    grouped(total),
    bytes(size),
  ];
  const rows = layers.map((layer) => [
    layer.name,
    layer.op,
    format(layer.shape),
    layer.pattern,
    ...numbers(layer),
    layer.notPrunable === null ? '' : `not prunable: ${layer.notPrunable}`,
  ]);
  const totals = [
    ['all prunable', '', '', '', ...numbers(prunable), ''],
    ['all parameters', '', '', '', ...numbers(parameters), ''],
  ];
  say(tableOf(columns, [...rows, ...totals]));
}
