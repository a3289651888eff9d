import { UsageError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { supportsRelaxedSimd } from '../core/simd.ts';
import type { Graph } from '../graph/graph.ts';
import { loadEveryKernel } from '../kernels/table.ts';
import { completeShapes } from '../ops/infer.ts';
import { weightsOf } from '../ops/weights.ts';
import { optimize } from '../passes/optimize.ts';
import { planGraph } from '../plan/build.ts';
import { encodeWeights } from '../plan/encode.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { table } from '../plan/print.ts';
import { type PatternOption, prune, type Selector } from '../prune/index.ts';

export interface ForecastOptions {
  /** Fraction of zeros; N:M patterns bring their own. */
  readonly sparsity?: number;
  /** Default 'unstructured'. */
  readonly pattern?: PatternOption;
  /** Extents per input; named dimensions that nobody gives are 1. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  readonly targets?: readonly Selector[];
  readonly ignore?: readonly Selector[];
  /** The build of the kernels that would run; default the one that a session takes on this host. */
  readonly build?: 'simd' | 'relaxed';
}

export interface LayerForecast {
  /** The node that uses the weight, and the weight. */
  readonly node: string;
  readonly weight: string;
  readonly op: string;
  /** Kernel and predicted microseconds as the layer is, and as it would be; conversions of its input count. */
  readonly before: Prediction;
  readonly after: Prediction;
}

export interface Prediction {
  readonly kernel: string;
  readonly microseconds: number;
}

export interface Forecast {
  readonly layers: readonly LayerForecast[];
  /** Predicted microseconds of the whole model. */
  readonly before: number;
  readonly after: number;
}

/**
 * Plans the model as it is, and again with random weights pruned, and compares what the cost model predicts. Nothing runs:
 * it takes as long as planning does. Where sparse would not pay, the planner keeps a layer dense, and so the gain is 1.
 *
 * @throws UsageError for shapes that do not fit the model, and for options that `prune` would refuse
 */
export function forecast(graph: Graph, options: ForecastOptions = {}): Forecast {
  loadEveryKernel();
  const { shapes: given = {}, build, ...pruning } = options;
  const engine = build ?? (supportsRelaxedSimd() ? 'relaxed' : 'simd');
  const shapes = shapesOf(graph, given);
  const pruned = prune(graph, { ...pruning, criterion: 'random' }).graph;
  const [before, after] = [graph, pruned].map((model) => {
    const ready = encodeWeights(optimize(model), 'auto');
    return { graph: ready, plan: planGraph(ready, shapes, { allowDense: true, engine }) };
  });
  const layers = weightsOf(before.graph).map(({ name, node }): LayerForecast => {
    return {
      node: node.name,
      weight: name,
      op: node.op,
      before: layerOf(before.plan, node.name),
      after: layerOf(after.plan, node.name),
    };
  });
  return { layers, before: total(before.plan.steps), after: total(after.plan.steps) };
}

/** A layer's own step and the conversions right before it. */
function layerOf({ steps }: Plan, node: string): Prediction {
  const at = steps.findIndex((step) => step.title === node);
  if (at < 0) throw new UsageError(`forecast: want a step for node "${node}", got none`);
  let first = at;
  while (first > 0 && steps[first - 1].op === 'convert') first--;
  return { kernel: steps[at].kernel, microseconds: total(steps.slice(first, at + 1)) };
}

function total(steps: readonly Step[]): number {
  return steps.reduce((sum, { microseconds }) => sum + microseconds, 0);
}

function shapesOf(graph: Graph, given: Readonly<Record<string, Shape>>): Map<string, Shape> {
  const names = graph.inputs.map(({ name }) => name);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new UsageError(`forecast: want shapes of ${names.join(', ')}, got one of "${name}"`);
  return completeShapes(graph, new Map(Object.entries(given)));
}

/** The forecast as a table, one line per layer. */
export function printForecast({ layers, before, after }: Forecast): string {
  const row = (name: string, op: string, from: Prediction, to: Prediction) => [
    name,
    op,
    from.kernel,
    from.microseconds.toFixed(1),
    to.kernel,
    to.microseconds.toFixed(1),
    `${(from.microseconds / Math.max(to.microseconds, 1e-9)).toFixed(2)}x`,
  ];
  const whole = row('all steps', '', { kernel: '', microseconds: before }, { kernel: '', microseconds: after });
  const rows = [
    ['layer', 'op', 'now', 'µs', 'pruned', 'µs', 'gain'],
    ...layers.map((l) => row(l.node, l.op, l.before, l.after)),
    whole,
  ];
  return `${table(rows).join('\n')}\n`;
}
