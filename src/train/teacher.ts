/** Distillation: a loss that compares what a model computes with what another one, the teacher, makes of the same inputs. */
import { UsageError } from '../core/errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { extentOf, inferSymbolic, type SymbolicType } from '../ops/infer.ts';
import { within } from './check-options.ts';
import { logitsOf } from './logits.ts';

export interface TeacherOptions {
  /**
   * The model to learn from, with the same inputs: mostly the dense original. It runs on each batch that does not bring
   * its answers along; absent where all do (see `Trainer.answers`).
   */
  readonly model?: Graph;
  /**
   * How outputs are compared. 'kl', the default: Kullback-Leibler divergence of the class probabilities, [..., classes], from
   * logits or, where the model ends in a softmax, from what goes into it (Hinton, Vinyals and Dean 2015). 'mse': mean
   * squared error.
   */
  readonly loss?: 'kl' | 'mse';
  /** Weight of the comparison of outputs; default 1, and 0 compares features alone. */
  readonly weight?: number;
  /** Of 'kl': logits are divided by it, and the loss is multiplied by its square. Default 1. */
  readonly temperature?: number;
  /** Values inside the model that shall be like the teacher's (FitNets, Romero et al. 2015). */
  readonly features?: readonly (string | Feature)[];
  /** Weight of the loss against targets. Default 0: the data needs none. */
  readonly targets?: number;
}

export interface Feature {
  /** Name of a float32 value of the model. */
  readonly value: string;
  /** Its name in the teacher; default the same. */
  readonly teacher?: string;
  /** Of the mean squared error as a share of the mean square of the teacher's value. Default 1. */
  readonly weight?: number;
}

/** One value of the model and what it is compared with, the graph input `teacher:<value>`. */
export interface Comparison {
  readonly value: string;
  readonly teacher: string;
  readonly loss: 'kl' | 'mse' | 'relative mse';
  readonly weight: number;
  readonly temperature: number;
}

export interface Distillation {
  readonly comparisons: readonly Comparison[];
  /** Weight of the loss against targets. */
  readonly targets: number;
}

/** Throws UsageError that names the option, what it may be and what came. */
export function checkTeacher({ loss, weight, temperature, features = [], targets }: TeacherOptions): void {
  if (loss !== undefined && loss !== 'kl' && loss !== 'mse')
    throw new UsageError(`teacher loss: want 'kl' or 'mse', got ${JSON.stringify(loss)}`);
  if (!Array.isArray(features)) throw new UsageError(`teacher features: want a list of values, got ${typeof features}`);
  within('teacher weight', weight ?? 1, { low: 0 });
  within('teacher temperature', temperature ?? 1, { low: 0, open: true });
  within('teacher targets', targets ?? 0, { low: 0 });
  if (temperature !== undefined && loss === 'mse')
    throw new UsageError("teacher temperature: want it with loss 'kl', got 'mse'");
  for (const feature of features.map(asFeature))
    within(`teacher weight of feature "${feature.value}"`, feature.weight ?? 1, { low: 0, open: true });
  if (weight === 0 && features.length === 0 && !targets)
    throw new UsageError('teacher: want something to compare, got weight 0 and no features');
}

/** What is compared in this model. `output` is the one that the trainer's loss looks at. */
export function distillationOf(graph: Graph, output: string, options: TeacherOptions): Distillation {
  const { model, loss = 'kl', weight = 1, temperature = 1, features = [], targets = 0 } = options;
  const comparisons: Comparison[] = features.map(asFeature).map((feature) => ({
    value: feature.value,
    teacher: feature.teacher ?? feature.value,
    loss: 'relative mse',
    weight: feature.weight ?? 1,
    temperature: 1,
  }));
  if (weight > 0) {
    const logits = (of: Graph, from: string) => (loss === 'kl' ? logitsOf(of, from) : from);
    const teacher = model && logits(model, model.outputs[graph.outputs.indexOf(output)] ?? model.outputs[0]);
    const value = logits(graph, output);
    comparisons.push({ value, teacher: teacher ?? value, loss, weight, temperature });
  }
  const types = inferSymbolic(graph);
  const seen = new Set<string>();
  for (const { value } of comparisons) {
    const type = types.get(value);
    if (type?.dtype !== 'float32' || graph.constants.has(value))
      throw new UsageError(
        `teacher feature "${value}": want a float32 value of graph "${graph.name}", got ${type ? type.dtype : 'none'}`,
      );
    if (seen.has(value)) throw new UsageError(`teacher feature "${value}": want each value once, got it twice`);
    seen.add(value);
  }
  return { comparisons, targets };
}

function asFeature(feature: string | Feature): Feature {
  return typeof feature === 'string' ? { value: feature } : feature;
}

/** The graph input that holds what the teacher says instead of this value. */
export function answerName(value: string): string {
  return `teacher:${value}`;
}

/** Adds the comparisons, each one number, the mean over the batch; returns their weighted sum, undefined for none. */
export function emitDistillation(
  builder: GraphBuilder,
  types: ReadonlyMap<string, SymbolicType>,
  { comparisons }: Distillation,
): string | undefined {
  const terms = comparisons.map((comparison) => {
    const { value, loss, weight } = comparison;
    const { shape } = types.get(value) as SymbolicType;
    const name = answerName(value);
    const answer = builder.input(
      name,
      'float32',
      // An extent that no input is named after is the value's own.
      shape.map((dim, axis) => (typeof dim === 'string' && dim.startsWith('?') ? extentOf(value, axis) : dim)),
    );
    const found = loss === 'kl' ? divergence(builder, comparison, answer) : squares(builder, comparison, answer);
    return weight === 1 ? found : builder.node('mul', [found, builder.scalar(weight)], {}, `${name}:weighted`);
  });
  return terms.reduce<string | undefined>(
    (sum, term) => (sum === undefined ? term : builder.node('add', [sum, term], {}, 'teacher:sum')),
    undefined,
  );
}

/** T² · mean over rows of Σ p (log p - log q), with p = softmax(teacher / T) and q = softmax(value / T). */
function divergence(builder: GraphBuilder, { value, temperature }: Comparison, answer: string): string {
  const node = (op: string, inputs: readonly string[], attributes = {}) =>
    builder.node(op, inputs, attributes, `${answer}:${op}`);
  const cooled = (logits: string) =>
    temperature === 1 ? logits : node('mul', [logits, builder.scalar(1 / temperature)]);
  const wanted = cooled(answer);
  const gap = node('sub', [node('logSoftmax', [wanted]), node('logSoftmax', [cooled(value)])]);
  const rows = node('reduceSum', [node('mul', [node('softmax', [wanted]), gap])], { axes: [-1], keepDims: false });
  const mean = node('reduceMean', [rows], { axes: [], keepDims: false });
  return temperature === 1 ? mean : node('mul', [mean, builder.scalar(temperature ** 2)]);
}

/** The mean squared error, of features as a share of the mean square of the teacher's. */
function squares(builder: GraphBuilder, { value, loss }: Comparison, answer: string): string {
  const node = (op: string, inputs: readonly string[], attributes = {}) =>
    builder.node(op, inputs, attributes, `${answer}:${op}`);
  const error = node('mse', [value, answer]);
  if (loss === 'mse') return error;
  const size = node('reduceMean', [node('mul', [answer, answer])], { axes: [], keepDims: false });
  return node('div', [error, node('max', [size, builder.scalar(1e-12)])]);
}
