/**
 * The weights of a trainer and the machine they live in: graphs compiled for the encodings that the weights have now, on
 * one executor. When an encoding changes, it is built anew around the same numbers.
 */
import { invariant } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Constant, DenseConstant, SparseConstant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import type { Graph } from '../graph/graph.ts';
import { createExecutor, type Executor } from '../runtime/executor.ts';
import type { LoadedModule } from '../runtime/modules.ts';
import { bitsOf } from './bits.ts';
import { compileEvaluation, compileTraining, maskName, type Recipe } from './compile.ts';
import { checkMask, encodeAs, type PrunedWeight, prunedAs, prunedOf, trainingForm } from './sparsity.ts';

export type RecipeBase = Omit<Recipe, 'states' | 'masked'>;

export interface TrainedModel {
  readonly executor: Executor;
  readonly training: Graph;
  readonly evaluation: Graph;
  /** The model with its weights as they train; numbers may be stale, `read` has the current ones. */
  readonly graph: Graph;
  readonly pruned: Map<string, PrunedWeight>;
  /** By sparse weight the mask that the plans are made for; since then it may have lost weights, in place. */
  readonly planned: ReadonlyMap<string, Uint8Array>;
  /** Current numbers of every weight, state and running statistic, each of the shape of its weight, zeros written out. */
  read(): Map<string, DenseConstant>;
}

/** A rebuilt pattern keeps this share of its capacity before the memory is laid out anew. */
const WORTH_REBUILDING = 0.5;

/**
 * @param graph the model; its sparse constants are pruned weights
 * @param states what the optimizer remembers, as `read` gives it; missing ones start at zero
 */
export function buildModel(
  graph: Graph,
  recipe: RecipeBase,
  loaded: LoadedModule,
  states: ReadonlyMap<string, Constant> = new Map(),
  pruned: Map<string, PrunedWeight> = prunedOf(graph.constants),
  maxMemory?: number,
): TrainedModel {
  const constants = new Map(graph.constants);
  const known = new Map(states);
  const stateNames = (name: string) => recipe.optimizer.states.map((state) => `${name}:${state}`);
  const masked = new Set<string>();
  const planned = new Map<string, Uint8Array>();
  const grouped = groupedFilters(graph);
  for (const [name, weight] of pruned) {
    const constant = constants.get(name);
    if (!constant || !recipe.parameters.includes(name)) continue;
    const form = trainingForm(constant, weight, grouped.has(name));
    constants.set(name, form.constant);
    for (const state of stateNames(name)) {
      const memory = known.get(state);
      if (memory) known.set(state, gathered(memory, form.constant, weight.keep));
    }
    if (!form.mask) {
      planned.set(name, weight.keep);
      continue;
    }
    masked.add(name);
    known.set(maskName(name), form.mask);
  }
  const encoded = { ...graph, constants };
  const full: Recipe = { ...recipe, masked, states: known };
  const training = compileTraining(encoded, full);
  const evaluation = compileEvaluation(encoded, full);
  const moved = new Set([...training.updates.map(({ constant }) => constant)].sort(byWeightFirst(recipe.parameters)));
  const mutable = new Set([...moved, ...[...masked].map(maskName), ...pruned.keys()]);
  const executor = createExecutor(loaded, { mutable, ...(maxMemory !== undefined && { maxMemory }) });
  return {
    executor,
    training,
    evaluation,
    graph: encoded,
    pruned,
    planned,
    read() {
      const current = new Map<string, DenseConstant>();
      const held = (name: string) => executor.readConstant(name) ?? training.constants.get(name);
      for (const name of moved) {
        const constant = held(name);
        if (!constant || current.has(name)) continue;
        current.set(name, dense(constant));
        if (constant.encoding === 'dense') continue;
        for (const state of stateNames(name)) {
          const memory = held(state);
          if (memory) current.set(state, scattered(memory, constant));
        }
      }
      return current;
    },
  };
}

function dense(constant: Constant): DenseConstant {
  const { dtype, shape, data } = densified(constant);
  return { encoding: 'dense', dtype, shape, data };
}

/** A state of stored values spread out over the shape of its weight. */
function scattered(state: Constant, weight: SparseConstant): DenseConstant {
  const data = new Float32Array(sizeOf(weight.shape));
  const values = densified(state).data as Float32Array;
  storedPositions(weight).forEach((at, i) => {
    if (at !== STICK_OUT) data[at] = values[i];
  });
  return { encoding: 'dense', dtype: 'float32', shape: weight.shape, data };
}

/** A state of a weight's shape as its update wants it: what the weight stores, and zero where it is pruned. */
function gathered(state: Constant, weight: Constant, keep: Uint8Array): DenseConstant {
  const whole = densified(state).data as Float32Array;
  if (weight.encoding === 'dense') return { ...dense(state), data: whole.map((value, i) => (keep[i] ? value : 0)) };
  const data = Float32Array.from(storedPositions(weight), (at) => (at !== STICK_OUT && keep[at] ? whole[at] : 0));
  return { encoding: 'dense', dtype: 'float32', shape: [data.length], data };
}

/** Filters of several groups: the kernels of their gradients want them dense. */
function groupedFilters({ nodes }: Graph): ReadonlySet<string> {
  return new Set(
    nodes.flatMap((node) => (node.op === 'conv2d' && (node.attributes.group ?? 1) !== 1 ? [node.inputs[1]] : [])),
  );
}

/** Weights come before their states, so that `read` can lay the states out like them. */
function byWeightFirst(parameters: readonly string[]): (a: string, b: string) => number {
  const weights = new Set(parameters);
  return (a, b) => Number(weights.has(b)) - Number(weights.has(a));
}

/** Encodes a trained weight as the pattern it was pruned with. */
export function asPruned(constant: Constant, weight: PrunedWeight | undefined): Constant {
  return weight ? encodeAs(weight.pattern, densified(constant), weight.keep) : constant;
}

/**
 * Applies a mask, in which all that is not 0 keeps, within the memory that is there, if the weight stays in its form and
 * does not shrink by half: only what this weight needs is packed again. Returns false when the model must be rebuilt instead.
 */
export function remask(model: TrainedModel, name: string, given: Uint8Array, stateNames: readonly string[]): boolean {
  const { executor, training, pruned } = model;
  const old = pruned.get(name);
  const planned = training.constants.get(name);
  if (!old || !planned) return false;
  if (planned.encoding === 'dense') return remaskDense(model, name, { ...old, keep: bitsOf(given) }, stateNames);
  const atLeast = planned.values.length * WORTH_REBUILDING;
  const shrunk = executor.shrinkConstant(training, name, { keep: given, beside: stateNames, atLeast });
  if (shrunk) pruned.set(name, prunedAs(old.pattern, shrunk));
  return shrunk !== undefined;
}

/** A weight that trains dense gets its zeros and a new mask. */
function remaskDense(model: TrainedModel, name: string, weight: PrunedWeight, stateNames: readonly string[]): boolean {
  const { executor, training, pruned } = model;
  const held = (key: string) => executor.readConstant(key) ?? training.constants.get(key);
  const constant = held(name);
  invariant(constant, `"${name}" is a constant of its graph`);
  checkMask(name, constant.shape, weight);
  const form = trainingForm(constant, weight, groupedFilters(model.graph).has(name));
  if (!form.mask) return false;
  executor.writeConstant(name, form.constant);
  executor.writeConstant(maskName(name), form.mask);
  for (const state of stateNames) {
    const memory = held(state);
    invariant(memory, `"${state}" is a constant of its graph`);
    executor.writeConstant(state, gathered(memory, constant, weight.keep));
  }
  pruned.set(name, weight);
  return true;
}
