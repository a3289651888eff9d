/** A small classification task that a net can learn: noisy points around class centres. */
import { normal, random } from '../../src/core/random.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import type { Dataset } from '../../src/train/data.ts';

export function clusters(items: number, features: number, classes: number, seed = 1): Dataset {
  const generator = random(seed);
  const centres = Float32Array.from({ length: classes * features }, () => normal(generator));
  const x = new Float32Array(items * features);
  const labels = new Int32Array(items);
  for (let item = 0; item < items; item++) {
    labels[item] = item % classes;
    for (let i = 0; i < features; i++)
      x[item * features + i] = centres[labels[item] * features + i] + 0.6 * normal(generator);
  }
  return {
    inputs: { image: new Tensor('float32', x, [items, features]) },
    targets: new Tensor('int32', labels, [items]),
  };
}
