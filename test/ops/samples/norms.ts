/** Normalisation of planes, groups, rows and neighbouring channels. */
import type { Shape } from '../../../src/core/shape.ts';
import { floats, type Sample } from './sample.ts';

const planes: readonly Shape[] = [
  [2, 3, 4, 5],
  [1, 4, 9],
  [2, 2, 2, 3, 2],
  [1, 3, 1, 7],
];

const instances: readonly Sample[] = planes.map((shape, i) => ({
  op: 'instanceNorm',
  about: `[${shape.join(', ')}]`,
  inputs: [floats(shape), floats([shape[1]]), floats([shape[1]])],
  attributes: i % 2 ? { epsilon: 0.1 } : {},
}));

const group = (about: string, shape: Shape, groups: number, scales: number): Sample => ({
  op: 'groupNorm',
  about,
  inputs: [floats(shape), floats([scales]), floats([scales])],
  attributes: { groups, epsilon: 0.01 },
});

const groups: readonly Sample[] = [
  group('two groups', [2, 6, 3, 5], 2, 6),
  group('scale per group', [2, 6, 3, 5], 3, 3),
  group('one group', [3, 4, 7], 1, 4),
  group('groups of one', [2, 3, 2, 2], 3, 3),
  group('rank 2', [3, 8], 4, 8),
  group('a volume', [1, 4, 2, 3, 2], 2, 4),
];

const rows: readonly Sample[] = [
  { op: 'rmsNorm', about: 'the last axis', inputs: [floats([7, 33]), floats([33])] },
  {
    op: 'rmsNorm',
    about: 'two axes',
    inputs: [floats([2, 3, 5]), floats([3, 5])],
    attributes: { axis: 1, epsilon: 0.1 },
  },
  { op: 'rmsNorm', about: 'with invStd', inputs: [floats([2, 3, 5]), floats([5])], outputs: 2 },
  { op: 'rmsNorm', about: 'no rows', inputs: [floats([0, 5]), floats([5])] },
];

const responses: readonly Sample[] = [
  { op: 'lrn', about: 'three channels', inputs: [floats([2, 7, 3, 5])], attributes: { size: 3, alpha: 0.3 } },
  {
    op: 'lrn',
    about: 'five channels, another power',
    inputs: [floats([1, 6, 3, 3])],
    attributes: { size: 5, alpha: 0.5, beta: 0.6, bias: 2 },
  },
  {
    op: 'lrn',
    about: 'an even number',
    inputs: [{ dtype: 'float64', shape: [1, 5, 9] }],
    attributes: { size: 4, alpha: 0.5, beta: 0.6, bias: 2 },
  },
  { op: 'lrn', about: 'more than there are', inputs: [floats([2, 3, 1, 2])], attributes: { size: 9, beta: 0.5 } },
];

export const normSamples: readonly Sample[] = [...instances, ...groups, ...rows, ...responses];
