/** `lacewing prune`: removes weights at once, without training; with data it fits what is left to the dense model. */
import { UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { type Count, type PruneReport, prune as pruneGraph } from '../prune/index.ts';
import { type ReconstructReport, reconstruct } from '../train/index.ts';
import { readCalibration } from './calibration.ts';
import { adoptZeros, extensionOf, readModelFile, writeModelFile } from './model-file.ts';
import { addJson, numberBetween, repeated } from './options.ts';
import { progressBar } from './progress.ts';
import { addPruningOptions, type PruningOptions, pruneOptionsOf } from './prune-options.ts';
import { bytes, grouped, percent, remark, say, sayJson, tableOf } from './text.ts';
import type { Verb } from './verb.ts';

interface Options extends PruningOptions {
  readonly reconstruct?: readonly string[];
  readonly ridge?: number;
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
    'prune model.onnx --sparsity 0.7 --reconstruct samples.npy -o pruned.lace',
    "prune model.onnx --sparsity 0.5 --target '/^blocks/' --json -o pruned.lace",
  ],
  declare(command) {
    // Criteria that look at gradients need data: they belong to `finetune`.
    addPruningOptions(command, ['magnitude', 'random'])
      .option(
        '--reconstruct <[name=]file.npy>',
        'inputs, one item per row: fit each pruned layer to the outputs it had (repeatable)',
        repeated((text) => text),
      )
      .option('--ridge <share>', 'of --reconstruct: what it costs to move a weight (default: 0.1)', numberBetween(0))
      .requiredOption('-o, --output <file>', 'where the model goes, as .lace or .onnx');
    addJson(command).action(async (path: string, options: Options) => {
      extensionOf(options.output);
      if (options.ridge !== undefined && !options.reconstruct)
        throw new UsageError(`--ridge: want --reconstruct with it, got none`);
      const before = adoptZeros(await readModelFile(path)).graph;
      const { graph, report, reconstruction } = options.reconstruct
        ? await reconstructed(before, options.reconstruct, options)
        : { ...pruneGraph(before, pruneOptionsOf(options)), reconstruction: undefined };
      const size = await writeModelFile(options.output, graph);
      if (options.json)
        return sayJson({
          output: options.output,
          fileBytes: size,
          ...report,
          ...(reconstruction && { reconstruction }),
        });
      say(reportTable(report));
      if (reconstruction) say(`\n${layerTable(reconstruction)}`);
      for (const warning of report.warnings) remark(`warning: ${warning}`);
      say(`wrote ${options.output}: ${bytes(size)}`);
    });
  },
};

async function reconstructed(before: Graph, files: readonly string[], options: Options) {
  const bar = progressBar();
  const { graph, report } = await reconstruct(before, await readCalibration(before, '--reconstruct', files), {
    ...pruneOptionsOf(options),
    ...(options.ridge !== undefined && { ridge: options.ridge }),
    onProgress: ({ layer, layers, name, batch, batches }) =>
      bar.update((layer - 1 + batch / batches) / layers, `layer ${layer}/${layers} ${name}`),
  });
  bar.clear();
  const { pruning, ...reconstruction } = report;
  return { graph, report: pruning, reconstruction };
}

/** Errors of each layer's output, in standard deviations of what it was. */
function layerTable({ layers }: Pick<ReconstructReport, 'layers'>): string {
  const columns = [
    { head: 'reconstructed' },
    ...['rows', 'error pruned', 'error now', 'seconds'].map((head) => ({ head, right: true })),
    { head: '' },
  ];
  const rows = layers.map(({ name, rows: count, before, after, seconds, skipped }) => [
    name,
    ...(skipped === undefined
      ? [grouped(count), before.toFixed(4), after.toFixed(4), seconds.toFixed(2)]
      : ['', '', '', '']),
    skipped ?? '',
  ]);
  return tableOf(columns, rows);
}

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
