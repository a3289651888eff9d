/** Update rules of weights. */
import { floats, type Sample, type SampleInput, sparse } from './sample.ts';

const scalar = (value: number): SampleInput => floats([], { data: [value] });
const constant = { constant: true } as const;

const lr = scalar(0.05);
const positive = { make: (_: unknown, i: number) => 0.01 * (1 + (i % 7)) } as const;
const corrections = [scalar(0.19), scalar(0.002)] as const;

export const updateSamples: readonly Sample[] = [
  { op: 'sgd', about: 'plain', inputs: [floats([3, 5]), floats([3, 5]), lr] },
  {
    op: 'sgd',
    about: 'momentum and weight decay',
    inputs: [floats([7], constant), floats([7]), lr, floats([7], constant)],
    attributes: { momentum: 0.9, weightDecay: 0.01 },
    outputs: 2,
  },
  {
    op: 'sgd',
    about: 'nesterov',
    inputs: [floats([4, 2]), floats([4, 2]), lr, floats([4, 2])],
    attributes: { momentum: 0.9, nesterov: true },
    outputs: 2,
  },
  {
    op: 'adam',
    about: 'plain',
    inputs: [floats([3, 5]), floats([3, 5]), lr, ...corrections, floats([3, 5]), floats([3, 5], positive)],
    outputs: 3,
  },
  {
    op: 'adam',
    about: 'weight decay',
    inputs: [floats([9], constant), floats([9]), lr, ...corrections, floats([9]), floats([9], positive)],
    attributes: { weightDecay: 0.1, beta1: 0.8 },
    outputs: 3,
  },
  {
    op: 'adam',
    about: 'decoupled weight decay',
    inputs: [floats([2, 3]), floats([2, 3]), lr, ...corrections, floats([2, 3]), floats([2, 3], positive)],
    attributes: { weightDecay: 0.1, decoupled: true },
    outputs: 3,
  },
  {
    op: 'sgd',
    about: 'stored values of 2:4 weights',
    inputs: [sparse([8, 3], 'nm', 1, { n: 2, m: 4 }), floats([12]), lr, floats([12], constant)],
    attributes: { momentum: 0.5, weightDecay: 0.01 },
    outputs: 2,
  },
  {
    op: 'adam',
    about: 'stored values of 1:4 weights',
    inputs: [
      sparse([5, 8], 'nm', 0, { n: 1, m: 4 }),
      floats([10]),
      lr,
      ...corrections,
      floats([10], constant),
      floats([10], { ...positive, ...constant }),
    ],
    outputs: 3,
  },
];
