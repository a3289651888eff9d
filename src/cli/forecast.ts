/** `lacewing forecast`: what pruning would gain in speed, before anything is pruned or trained. */
import { forecast as forecastGraph, printForecast } from '../forecast/index.ts';
import { readModelFile } from './model-file.ts';
import { addJson, addShape, type NamedShape, numberBetween, pattern, repeated, selector } from './options.ts';
import type { PruningOptions } from './prune-options.ts';
import { shapesOf } from './shapes.ts';
import { say, sayJson } from './text.ts';
import type { Verb } from './verb.ts';

interface Options extends PruningOptions {
  readonly shape?: readonly NamedShape[];
  readonly json?: true;
}

export const forecast: Verb = {
  signature: 'forecast <model>',
  summary: 'predict per layer how much faster a pruned model would run',
  examples: [
    'forecast model.onnx --sparsity 0.9',
    'forecast model.onnx --sparsity 0.8 --pattern 4x1 --shape image=128x784',
    'forecast model.lace --pattern 2:4x4 --json',
  ],
  declare(command) {
    addShape(command)
      .option('--sparsity <share>', 'fraction of zeros, e.g. 0.9; N:M patterns bring their own', numberBetween(0, 1))
      .option('--pattern <pattern>', 'unstructured, blocks as 4x1, 2:4, or 2:4x4 (default: unstructured)', pattern)
      .option('--target <name>', 'only this weight or node; /regex/ for several (repeatable)', repeated(selector))
      .option(
        '--ignore <name>',
        'leave this weight or node dense; /regex/ for several (repeatable)',
        repeated(selector),
      );
    addJson(command).action(async (path: string, { shape, json, sparsity, pattern: form, target, ignore }: Options) => {
      const graph = await readModelFile(path);
      const result = forecastGraph(graph, {
        shapes: Object.fromEntries(shapesOf(graph, shape)),
        ...(sparsity !== undefined && { sparsity }),
        ...(form !== undefined && { pattern: form }),
        ...(target && { targets: target }),
        ...(ignore && { ignore }),
      });
      if (json) return sayJson(result);
      say(printForecast(result).trimEnd());
    });
  },
};
