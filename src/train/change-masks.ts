/** New masks on a model that is training: in the memory that is there where that is possible, else on a model built anew. */
import { invariant, UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { LoadedModule } from '../runtime/modules.ts';
import { bitsOf } from './bits.ts';
import { buildModel, type RecipeBase, remask, type TrainedModel } from './model.ts';
import { checkMask, type Pattern, samePattern } from './sparsity.ts';

export interface PrunedMask {
  /** 1 keeps, 0 prunes, in the order of the weight's shape. */
  readonly keep: Uint8Array;
  /** How the weight is stored; needed when it was not pruned before. */
  readonly pattern?: Pattern;
}

/** What a model is built from besides its weights. */
export interface Workshop {
  readonly recipe: RecipeBase;
  readonly loaded: LoadedModule;
  readonly maxMemory: number | undefined;
}

/**
 * Returns the model to go on with: the same one where what is there could be packed again, else a new one, and the old
 * one's memory is gone. Throws UsageError, with nothing changed, for a mask that fits no trained weight.
 */
export function changeMasks(
  model: TrainedModel,
  masks: ReadonlyMap<string, PrunedMask>,
  workshop: Workshop,
): TrainedModel {
  const { pruned, executor } = model;
  for (const [name, mask] of masks) checkAgainst(model, workshop.recipe, name, mask);
  const outstanding = new Map<string, PrunedMask>();
  for (const [name, { keep, pattern }] of masks) {
    const changes = pattern && !samePattern(pattern, pruned.get(name)?.pattern);
    if (!changes && remask(model, name, keep, statesOf(workshop.recipe, name))) continue;
    outstanding.set(name, { keep: bitsOf(keep), ...(changes && { pattern }) });
  }
  if (outstanding.size === 0) return model;
  const rebuilt = rebuild(model, outstanding, workshop);
  executor.dispose();
  return rebuilt;
}

/** Names of what the optimizer remembers of a weight. */
export function statesOf({ optimizer }: RecipeBase, name: string): string[] {
  return optimizer.states.map((state) => `${name}:${state}`);
}

function checkAgainst(
  { graph, pruned }: TrainedModel,
  { parameters }: RecipeBase,
  name: string,
  mask: PrunedMask,
): void {
  const shape = parameters.includes(name) ? graph.constants.get(name)?.shape : undefined;
  if (!shape) throw new UsageError(`mask of "${name}": want one of the trained constants`);
  const size = sizeOf(shape);
  if (mask.keep?.length !== size)
    throw new UsageError(`mask of "${name}": want ${size} elements, got ${mask.keep?.length ?? 'none'}`);
  if (!mask.pattern && !pruned.has(name)) throw new UsageError(`mask of "${name}": want the pattern it follows`);
}

function rebuild(
  { graph, pruned, read }: TrainedModel,
  masks: ReadonlyMap<string, PrunedMask>,
  { recipe, loaded, maxMemory }: Workshop,
): TrainedModel {
  const weights = new Map(pruned);
  for (const [name, { keep, pattern: given }] of masks) {
    const pattern = given ?? weights.get(name)?.pattern;
    const shape = graph.constants.get(name)?.shape;
    invariant(pattern && shape, `the mask of ${name} was checked`);
    checkMask(name, shape, { pattern, keep });
    weights.set(name, { pattern, keep });
  }
  const current = read();
  const constants = new Map([...graph.constants].map(([name, constant]) => [name, current.get(name) ?? constant]));
  return buildModel({ ...graph, constants }, recipe, loaded, current, weights, maxMemory);
}
