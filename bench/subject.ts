/** The network that the benches train and run, with random weights and random masks: speed does not depend on learning. */
import type { Graph } from 'lacewing';
import { mlp } from 'lacewing/models';
import { type PatternOption, prune } from 'lacewing/prune';

export const SIZES = [784, 300, 100, 10] as const;
export const TITLE = `MLP ${SIZES.join('-')}`;

export function denseModel(): Graph {
  return mlp(SIZES, { seed: 1 });
}

/** Every layer but the last, which has ten outputs, loses the same share of its weights at random. */
export function prunedModel(sparsity: number, pattern: PatternOption = 'unstructured'): Graph {
  const options = { criterion: 'random', pattern, scope: 'layer', sparsity, targets: ['fc1', 'fc2'] } as const;
  return prune(denseModel(), options).graph;
}

/** Numbers from -1 to 1 with no denormal among them. */
export function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const value = state / 2 ** 31;
    return Math.abs(value) < 1e-6 ? 1e-6 : value;
  });
}
