import { random as generatorOf, uniform } from '../../core/random.ts';
import type { Criterion } from './criterion.ts';

/** Chance, the baseline that a criterion has to beat. A weight's scores follow from the seed and its name alone. */
export function random(seed = 0): Criterion {
  return ({ name, data }) => {
    const generator = generatorOf(seed ^ hash(name));
    return new Float64Array(data.length).map(() => uniform(generator));
  };
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
