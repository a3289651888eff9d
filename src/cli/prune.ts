/** `lacewing prune`: removes weights at once, without training. */
import { format } from '../core/shape.ts';
import { type Count, type PruneReport, prune as pruneGraph } from '../prune/index.ts';
import { adoptZeros, extensionOf, readModelFile, writeModelFile } from './model-file.ts';
import { addJson } from './options.ts';
import { addPruningOptions, type PruningOptions, pruneOptionsOf } from './prune-options.ts';
import { bytes, grouped, percent, remark, say, sayJson, tableOf } from './text.ts';
import type { Verb } from './verb.ts';

interface Options extends PruningOptions {
  readonly output: string;
  readonly json?: true;
}

export const prune: Verb = {
  signature: 'prune <model>',
  summary: 'remove the least important weights of a model at once',
  examples: [
    'prune model.onnx --sparsity 0.9 -o pruned.lace',
    'prune model.onnx --pattern 2:4 -o pruned.lace',
    'prune model.lace --sparsity 0.8 --pattern 4x1 --scope global --ignore head.weight -o pruned.onnx',
    "prune model.onnx --sparsity 0.5 --target '/^blocks/' --json -o pruned.lace",
  ],
  declare(command) {
    // Criteria that look at gradients need data: they belong to `finetune`.
    addPruningOptions(command, ['magnitude', 'random']).requiredOption(
      '-o, --output <file>',
      'where the model goes, as .lace or .onnx',
    );
    addJson(command).action(async (path: string, options: Options) => {
      extensionOf(options.output);
      const before = adoptZeros(await readModelFile(path)).graph;
      const { graph, report } = pruneGraph(before, pruneOptionsOf(options));
      const size = await writeModelFile(options.output, graph);
      if (options.json) return sayJson({ output: options.output, fileBytes: size, ...report });
      say(reportTable(report));
      for (const warning of report.warnings) remark(`warning: ${warning}`);
      say(`wrote ${options.output}: ${bytes(size)}`);
    });
  },
};

function reportTable({ layers, pruned, prunable, parameters }: PruneReport): string {
  const numbers = ({ sparsity, nonZeros, total, bytes: size, denseBytes }: Count) => [
    percent(sparsity),
    grouped(nonZeros),
    grouped(total),
    bytes(size),
    bytes(denseBytes),
  ];
  const columns = [
    ...['weight', 'shape', 'pattern'].map((head) => ({ head })),
    ...['zeros', 'left', 'of', 'bytes', 'dense'].map((head) => ({ head, right: true })),
    { head: '' },
  ];
  const rows = layers.map((layer) => [
    layer.name,
    format(layer.shape),
    layer.pattern,
    ...numbers(layer),
    layer.skipped ?? '',
  ]);
  const totals = [
    ['all pruned', pruned],
    ['all prunable', prunable],
    ['all parameters', parameters],
  ] as const;
  return tableOf(columns, [...rows, ...totals.map(([name, count]) => [name, '', '', ...numbers(count), ''])]);
}
