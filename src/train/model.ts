/**
 * The weights of a trainer and the machine they live in: graphs compiled for the encodings that the weights have now, on
 * one executor. When an encoding changes, it is built anew around the same numbers.
 */
import { sizeOf } from '../core/shape.ts';
import type { Constant, DenseConstant, SparseConstant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import { type Shrunk, shrink } from '../formats/shrink.ts';
import type { Graph } from '../graph/graph.ts';
import { createExecutor, type Executor } from '../runtime/executor.ts';
import type { LoadedModule } from '../runtime/modules.ts';
import { countKept } from './bits.ts';
import { compileEvaluation, compileTraining, maskName, type Recipe } from './compile.ts';
import { checkMask, encodeAs, type PrunedWeight, prunedOf, trainingForm } from './sparsity.ts';

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
  for (const [name, weight] of pruned) {
    const constant = constants.get(name);
    if (!constant || !recipe.parameters.includes(name)) continue;
    const form = trainingForm(constant, weight);
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
 * Applies a mask within the memory that is there, if the weight stays in its form and does not shrink by half: only what
 * this weight needs is packed again. Returns false when the model must be rebuilt instead.
 */
export function remask(model: TrainedModel, name: string, keep: Uint8Array, stateNames: readonly string[]): boolean {
  const { executor, training, pruned } = model;
  const old = pruned.get(name);
  const held = (key: string) => executor.readConstant(key) ?? training.constants.get(key);
  const constant = held(name);
  if (!old || !constant) return false;
  if (constant.encoding === 'dense') {
    checkMask(name, constant.shape, { pattern: old.pattern, keep });
    const form = trainingForm(constant, { pattern: old.pattern, keep });
    if (!form.mask) return false;
    executor.writeConstant(name, form.constant);
    executor.writeConstant(maskName(name), form.mask);
    for (const state of stateNames) {
      const memory = held(state) as DenseConstant;
      executor.writeConstant(state, {
        ...memory,
        data: (memory.data as Float32Array).map((value, i) => (keep[i] ? value : 0)),
      });
    }
  } else {
    if (constant.encoding === 'nm') return false;
    const planned = training.constants.get(name);
    const capacity = planned && planned.encoding !== 'dense' ? planned.values.length : 0;
    const shrunk = shrunkTo(constant, keep);
    if (!shrunk || shrunk.kept.length < capacity * WORTH_REBUILDING) return false;
    executor.writeConstant(name, shrunk.constant);
    for (const state of stateNames) {
      const memory = held(state) as DenseConstant;
      const data = gather(memory.data as Float32Array, shrunk.kept);
      executor.writeConstant(state, { ...memory, data });
    }
  }
  pruned.set(name, { pattern: old.pattern, keep });
  return true;
}

/** The numbers at the given places, in order, and zeros up to the old length. */
function gather(numbers: Float32Array, places: Uint32Array): Float32Array {
  const gathered = new Float32Array(numbers.length);
  for (let i = 0; i < places.length; i++) gathered[i] = numbers[places[i]];
  return gathered;
}

/** The constant with exactly the kept positions, or undefined when they are not some of its own or only part of a block. */
function shrunkTo(constant: Shrunk['constant'], keep: Uint8Array): Shrunk | undefined {
  const positions = storedPositions(constant);
  const bits = new Uint8Array(positions.length);
  let found = 0;
  for (let i = 0; i < positions.length; i++) {
    const at = positions[i];
    const bit = at < keep.length ? keep[at] : 0;
    bits[i] = bit;
    found += bit;
  }
  if (found !== countKept(keep)) return undefined;
  const shrunk = shrink(constant, bits);
  let left = 0;
  for (let i = 0; i < shrunk.kept.length; i++) if (positions[shrunk.kept[i]] !== STICK_OUT) left++;
  return left === found ? shrunk : undefined;
}
