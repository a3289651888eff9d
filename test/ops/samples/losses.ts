/** The negative log-likelihood and its gradient. */
import { below } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { between } from './elementwise.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const targets = (dtype: 'int32' | 'int64', shape: Shape, classes: number): SampleInput => ({
  dtype,
  shape,
  make: (generator) => below(generator, classes),
});
const weights = (classes: number) => floats([classes], { make: between(0.5, 2), constant: true });

export const lossSamples: readonly Sample[] = ['none', 'sum', 'mean'].flatMap((reduction): Sample[] => {
  const whole = reduction === 'none';
  return [
    {
      op: 'nllLoss',
      about: `${reduction} of rows`,
      inputs: [floats([7, 5]), targets('int64', [7], 5)],
      attributes: { reduction },
    },
    {
      op: 'nllLoss',
      about: `${reduction} of images, weights, one class ignored`,
      inputs: [floats([2, 4, 3, 2]), targets('int64', [2, 3, 2], 4), weights(4)],
      attributes: { reduction, ignoreIndex: 2 },
    },
    {
      op: 'nllLossGrad',
      about: `${reduction} of sequences, weights, one class ignored`,
      inputs: [floats(whole ? [2, 3] : []), floats([2, 4, 3]), targets('int32', [2, 3], 4), weights(4)],
      outputs: 2,
      attributes: { reduction, ignoreIndex: 1 },
    },
  ];
});
