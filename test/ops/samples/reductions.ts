import { below } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { away, between, whole } from './elementwise.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const cases: readonly (readonly [about: string, shape: Shape, axes: readonly number[], keepDims: boolean])[] = [
  ['everything', [7, 33], [], true],
  ['everything to a scalar', [7, 33], [], false],
  ['the last axis', [7, 33], [-1], true],
  ['the first axis', [7, 33], [0], false],
  ['a middle axis', [2, 5, 3], [1], true],
  ['a middle axis, dropped', [2, 5, 3], [-2], false],
  ['two apart', [2, 3, 4, 5], [0, 2], true],
  ['two apart, dropped, out of order', [2, 3, 4, 5], [3, 1], false],
  ['all axes by name', [2, 3], [0, 1], false],
  ['a scalar', [], [], true],
  ['axes of 1', [1, 6, 1], [0, 2], false],
  ['no rows', [0, 4], [1], false],
];

/** Numbers that suit a reduction: well apart where one is picked, and positive for a logarithm. */
function suited(op: string): Omit<SampleInput, 'dtype' | 'shape'> {
  if (op === 'reduceMax' || op === 'reduceMin') return { distinct: true };
  if (op === 'reduceLogSum') return { make: between(0.1, 2) };
  if (op === 'reduceProd') return { make: between(0.8, 1.25) };
  return op === 'reduceL1' ? { make: away(0) } : {};
}

const names = [
  'reduceSum',
  'reduceMean',
  'reduceMax',
  'reduceMin',
  'reduceProd',
  'reduceL1',
  'reduceL2',
  'reduceSumSquare',
  'reduceLogSum',
  'reduceLogSumExp',
];

const reductions: readonly Sample[] = names.flatMap((op) => [
  ...cases.map(([about, shape, axes, keepDims]): Sample => {
    const x = floats(shape, suited(op));
    return { op, about, inputs: [x], attributes: { axes, keepDims } };
  }),
  {
    op,
    about: 'edges',
    kinks: true,
    inputs: [floats([3, 2], { data: [1, Number.NaN, Number.POSITIVE_INFINITY, 2, -0, 0] })],
    attributes: { axes: [1] },
  },
  {
    op,
    about: 'no axes, which are none',
    inputs: [floats([5, 3], suited(op))],
    attributes: { noopWithEmptyAxes: true, keepDims: false },
  },
  {
    op,
    about: 'float64',
    inputs: [{ dtype: 'float64', shape: [4, 5], ...suited(op) }],
    attributes: { axes: [0] },
  },
  {
    op,
    about: 'int32',
    inputs: [{ dtype: 'int32', shape: [4, 5], make: (generator) => 1 + below(generator, 9) }],
    attributes: { axes: [1] },
  },
]);

const overNothing: readonly Sample[] = names
  .filter((op) => op !== 'reduceMean')
  .map((op) => ({ op, about: 'over nothing', inputs: [floats([3, 0])], attributes: { axes: [1] } }));

const others: readonly Sample[] = [
  ...overNothing,
  ...['reduceMax', 'reduceMin'].map(
    (op): Sample => ({
      op,
      about: 'nothing of int32',
      inputs: [{ dtype: 'int32', shape: [2, 0] }],
      attributes: { axes: [1] },
    }),
  ),
  ...['reduceMax', 'reduceMin'].map(
    (op): Sample => ({
      op,
      about: 'uint8',
      inputs: [{ dtype: 'uint8', shape: [4, 5], make: (generator) => below(generator, 256) }],
      attributes: { axes: [0], keepDims: false },
    }),
  ),
  {
    op: 'reduceProd',
    about: 'zeros',
    inputs: [floats([3, 3], { data: [2, 0, 3, 0, 0, 5, 2, 3, -4] })],
    attributes: { axes: [1] },
  },
  {
    op: 'reduceLogSumExp',
    about: 'large numbers',
    inputs: [floats([2, 3], { data: [800, 801, 799, -800, -802, -801] })],
    attributes: { axes: [1] },
  },
  {
    op: 'reduceSum',
    about: 'int64',
    inputs: [{ dtype: 'int64', shape: [4, 5], make: whole(99) }],
    attributes: { axes: [0] },
  },
  {
    op: 'reduceMax',
    about: 'ties',
    kinks: true,
    inputs: [floats([2, 3], { data: [2, 2, 1, 0, 0, 0] })],
    attributes: { axes: [1] },
  },
];

const positions: readonly Sample[] = ['argMax', 'argMin'].flatMap((op): Sample[] => [
  {
    op,
    about: 'the last among equals',
    inputs: [{ dtype: 'float64', shape: [3, 4], data: [1, 2, 2, 1, 0, 5, 0, 5, 4, 4, 4, 4] }],
    attributes: { axis: 1, selectLastIndex: true },
  },
  {
    op,
    about: 'uint8, the last among equals',
    inputs: [{ dtype: 'uint8', shape: [3, 4], make: (generator) => below(generator, 2) }],
    attributes: { axis: -1, selectLastIndex: true, keepDims: false },
  },
  { op, about: 'float64', inputs: [{ dtype: 'float64', shape: [5, 4], distinct: true }] },
]);

const least: readonly Sample[] = [
  { op: 'argMin', about: 'the first axis', inputs: [floats([5, 7], { distinct: true })] },
  {
    op: 'argMin',
    about: 'a middle axis, dropped',
    inputs: [floats([2, 5, 3], { distinct: true })],
    attributes: { axis: 1, keepDims: false },
  },
  {
    op: 'argMin',
    about: 'ties and NaN',
    inputs: [floats([3, 3], { data: [2, 1, 1, 0, Number.NaN, 5, 4, 4, 4] })],
    attributes: { axis: 1 },
  },
];

const largest: readonly Sample[] = [
  { op: 'argMax', about: 'the first axis', inputs: [floats([5, 7], { distinct: true })] },
  {
    op: 'argMax',
    about: 'the last axis, dropped',
    inputs: [floats([7, 33], { distinct: true })],
    attributes: { axis: -1, keepDims: false },
  },
  { op: 'argMax', about: 'a middle axis', inputs: [floats([2, 5, 3], { distinct: true })], attributes: { axis: 1 } },
  {
    op: 'argMax',
    about: 'one axis',
    inputs: [floats([9], { distinct: true })],
    attributes: { axis: 0, keepDims: false },
  },
  {
    op: 'argMax',
    about: 'ties and NaN',
    inputs: [floats([3, 3], { data: [1, 2, 2, 0, Number.NaN, 5, 4, 4, 4] })],
    attributes: { axis: 1 },
  },
  { op: 'argMax', about: 'no rows', inputs: [floats([0, 3])], attributes: { axis: 1 } },
  {
    op: 'argMax',
    about: 'int32',
    inputs: [{ dtype: 'int32', shape: [4, 5], make: whole(9) }],
    attributes: { axis: 1 },
  },
];

const likePairs: readonly (readonly [about: string, large: Shape, small: Shape])[] = [
  ['one shape', [3, 4], [3, 4]],
  ['a row', [2, 3, 4], [4]],
  ['a column', [7, 5], [7, 1]],
  ['apart axes', [2, 3, 4, 5], [3, 1, 5]],
  ['a scalar', [3, 5], []],
  ['ones', [3, 5], [1, 1]],
  ['nothing', [0, 3], [3]],
];

const likes: readonly Sample[] = likePairs.flatMap(([about, large, small]): Sample[] => [
  { op: 'sumLike', about, inputs: [floats(large), floats(small)] },
  { op: 'expandLike', about, inputs: [floats(small), floats(large)] },
]);

const ratios: readonly Sample[] = [
  { op: 'countRatio', about: 'a mean over rows', inputs: [floats([1, 4]), floats([7, 4])] },
  { op: 'countRatio', about: 'a scalar', inputs: [floats([]), floats([3, 5])] },
];

export const reductionSamples: readonly Sample[] = [
  ...reductions,
  ...others,
  ...largest,
  ...least,
  ...positions,
  ...likes,
  ...ratios,
];
