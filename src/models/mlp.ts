import { UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { linear, type ModelOptions, model } from './layers.ts';

/**
 * Fully connected layers with relu between: `mlp([784, 300, 100, 10])` is LeNet-300-100 (LeCun et al. 1998).
 * Input `image` [batch, sizes[0]], output `logits` [batch, sizes.at(-1)]; weights `fc1.weight` [in, out], `fc1.bias` …
 * Throws UsageError when fewer than two sizes are given or one is not a positive integer.
 */
export function mlp(sizes: readonly number[], options: ModelOptions = {}): Graph {
  if (sizes.length < 2 || sizes.some((size) => !Number.isInteger(size) || size < 1))
    throw new UsageError(`mlp: want two or more sizes >= 1, got ${format(sizes)}`);
  return model('mlp', { name: 'image', shape: ['batch', sizes[0]] }, options, (m, image) => {
    let x = image;
    for (let layer = 1; layer < sizes.length; layer++) {
      x = linear(m, `fc${layer}`, x, sizes[layer - 1], sizes[layer]);
      if (layer < sizes.length - 1) x = m.builder.node('relu', [x], {}, `fc${layer}.relu`);
    }
    return x;
  });
}
