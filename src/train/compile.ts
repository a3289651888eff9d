/** A model graph in, the graphs that training runs out: one that learns, one that evaluates, one that only measures gradients. */
import type { DType } from '../core/dtype.ts';
import { invariant, UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import { type GraphBuilder, graphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic } from '../ops/infer.ts';
import { removeDead } from '../passes/dead.ts';
import { differentiate } from '../passes/differentiate.ts';
import { fuseEpilogue } from '../passes/fuse.ts';
import { settle } from '../passes/settle.ts';
import { simplify } from '../passes/simplify.ts';
import { trainingMode } from '../passes/training-mode.ts';
import { loadEverything } from '../runtime/everything.ts';
import { type Loss, TARGETS } from './losses.ts';
import { type Optimizer, zerosLike } from './optimizers.ts';
import { type Distillation, emitDistillation } from './teacher.ts';

export type GradientClip = { readonly norm: number } | { readonly value: number };

export interface Recipe {
  readonly loss: Loss;
  /** The output that the loss looks at. */
  readonly output: string;
  readonly labels: DType;
  /** What else is compared, and what the targets weigh beside it. */
  readonly teacher: Distillation | undefined;
  readonly optimizer: Optimizer;
  readonly clip: GradientClip | undefined;
  readonly batchNorm: 'train' | 'frozen';
  readonly parameters: readonly string[];
  /** Weights that are pruned but kept dense: their gradient is multiplied by a mask, the constant `<weight>:mask`. */
  readonly masked: ReadonlySet<string>;
  /** State constants that exist already, such as a momentum; missing ones start at zero. */
  readonly states: ReadonlyMap<string, Constant>;
}

/** The graph of one training step. Its output is the loss; its updates move weights, states and running statistics. */
export function compileTraining(model: Graph, recipe: Recipe): Graph {
  const { graph, loss } = withLoss(trainingMode(model, { batchNorm: recipe.batchNorm }), recipe);
  const { graph: backward, gradients } = differentiate(graph, { loss, parameters: recipe.parameters });
  const builder = graphBuilder(model.name, { ...backward, outputs: [loss] });
  for (const scalar of recipe.optimizer.scalars) builder.input(scalar, 'float32', []);
  const masked = new Map([...gradients].map(([name, gradient]) => [name, mask(builder, name, gradient, recipe)]));
  for (const [name, gradient] of clipped(builder, masked, recipe)) {
    const weight = constantOf(model, name);
    const states = recipe.optimizer.states.map((state) => {
      const key = `${name}:${state}`;
      return added(builder, key, recipe.states.get(key) ?? zerosLike(weight));
    });
    recipe.optimizer.update(builder, name, gradient, states);
  }
  return ready(builder.build());
}

/** The graph that evaluates: outputs the loss and the model's output, changes nothing. */
export function compileEvaluation(model: Graph, recipe: Recipe): Graph {
  const { graph, loss } = withLoss(model, recipe);
  // Weights are shared with the training graph by name: no pass may make a changed copy that training does not move.
  return ready({ ...graph, outputs: [loss, recipe.output] }, recipe.parameters);
}

/**
 * The graph that outputs the loss and the gradient of each named weight in its full shape, pruned places included: the
 * gradient that a training step would follow, without its updates.
 */
export function compileGradients(
  model: Graph,
  recipe: Recipe,
  names: readonly string[],
): { graph: Graph; outputs: string[] } {
  const { graph, loss } = withLoss(trainingMode(model, { batchNorm: recipe.batchNorm }), recipe);
  const dense = names.filter((name) => constantOf(model, name).encoding !== 'dense');
  const { graph: backward, gradients, denseGradients } = differentiate(graph, { loss, parameters: names, dense });
  const outputs = names.map((name) => {
    const gradient = denseGradients.get(name) ?? gradients.get(name);
    invariant(gradient !== undefined, `"${name}" has a gradient or was rejected`);
    return gradient;
  });
  return { graph: ready({ ...backward, outputs: [loss, ...outputs], updates: [] }), outputs };
}

/** Which of the candidates the loss depends on through ops with a gradient. */
export function smoothlyReached(model: Graph, recipe: Recipe, candidates: readonly string[]): string[] {
  const { graph, loss } = withLoss(trainingMode(model, { batchNorm: recipe.batchNorm }), recipe);
  // Running statistics are no weights, whether they move or are frozen.
  const norms = graph.nodes.filter(({ op }) => op === 'batchNorm' || op === 'batchNormTraining');
  const statistics = new Set(norms.flatMap(({ inputs }) => inputs.slice(3, 5)));
  const parameters = candidates.filter((name) => !statistics.has(name));
  return [...differentiate(graph, { loss, parameters, independent: 'skip' }).gradients.keys()];
}

function ready(graph: Graph, moving: readonly string[] = []): Graph {
  return removeDead(fuseEpilogue(simplify(graph), moving));
}

function withLoss(given: Graph, recipe: Recipe): { graph: Graph; loss: string } {
  loadEverything();
  const model = settle(given);
  const { output, teacher } = recipe;
  const types = inferSymbolic(model);
  const type = types.get(output);
  if (!type) throw new UsageError(`loss output: want one of ${model.outputs.join(', ')}, got "${output}"`);
  const builder = graphBuilder(model.name, model);
  const compared = teacher && emitDistillation(builder, types, teacher);
  const weight = teacher?.targets ?? 1;
  const losses = compared === undefined ? [] : [compared];
  if (weight > 0) {
    const targets = recipe.loss.targets(type, recipe.labels);
    builder.input(TARGETS, targets.dtype, targets.shape);
    const loss = recipe.loss.emit(builder, output);
    losses.push(weight === 1 ? loss : builder.node('mul', [loss, builder.scalar(weight)], {}, 'loss:weighted'));
  }
  return { graph: builder.build(), loss: losses.reduce((a, b) => builder.node('add', [a, b], {}, 'loss:sum')) };
}

function mask(builder: GraphBuilder, name: string, gradient: string, { masked, states }: Recipe): string {
  if (!masked.has(name)) return gradient;
  const key = maskName(name);
  const constant = states.get(key);
  if (!constant) throw new UsageError(`parameter "${name}": want its mask, got none`);
  return builder.node('mul', [gradient, added(builder, key, constant)], {}, `${name}:masked`);
}

/** A constant under exactly this name, by which it is found again. */
function added(builder: GraphBuilder, key: string, constant: Constant): string {
  const name = builder.constant(key, constant);
  if (name !== key)
    throw new UsageError(`training needs the name "${key}": want a model without it, got one that has it`);
  return name;
}

export function maskName(weight: string): string {
  return `${weight}:mask`;
}

/** Clips each gradient by value, or all of them together by their global norm (Pascanu, Mikolov and Bengio 2013). */
function clipped(
  builder: GraphBuilder,
  gradients: ReadonlyMap<string, string>,
  { clip }: Recipe,
): ReadonlyMap<string, string> {
  if (!clip) return gradients;
  if ('value' in clip) {
    const bounds = { min: -clip.value, max: clip.value };
    return new Map(
      [...gradients].map(([name, gradient]) => [name, builder.node('clip', [gradient], bounds, `${name}:clip`)]),
    );
  }
  const squares = [...gradients.values()].map((gradient) => {
    const square = builder.node('mul', [gradient, gradient], {}, 'clip:square');
    return builder.node('reduceSum', [square], { axes: [], keepDims: false }, 'clip:sum');
  });
  const norm = builder.node(
    'sqrt',
    [squares.reduce((a, b) => builder.node('add', [a, b], {}, 'clip:total'))],
    {},
    'clip:norm',
  );
  const ratio = builder.node(
    'div',
    [builder.scalar(clip.norm), builder.node('max', [norm, builder.scalar(1e-12)])],
    {},
    'clip:ratio',
  );
  const scale = builder.node('min', [ratio, builder.scalar(1)], {}, 'clip:scale');
  return new Map(
    [...gradients].map(([name, gradient]) => [name, builder.node('mul', [gradient, scale], {}, `${name}:clip`)]),
  );
}

function constantOf(graph: Graph, name: string): Constant {
  const constant = graph.constants.get(name);
  if (!constant) throw new UsageError(`parameter "${name}": want a constant of graph "${graph.name}", got none`);
  return constant;
}
