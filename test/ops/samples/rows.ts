/** Ops that see their operand as rows or channels: softmax, losses, normalisation, and dropout. */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import { below } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { between } from './elementwise.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const softmaxCases: readonly (readonly [about: string, shape: Shape, axis: number])[] = [
  ['the last axis', [7, 33], -1],
  ['the first axis', [5, 3], 0],
  ['a middle axis', [2, 5, 3], 1],
  ['rows of one', [4, 1], -1],
  ['one axis', [9], 0],
  ['no rows', [0, 4], -1],
  ['empty rows', [3, 0], -1],
];

const rowwise: readonly Sample[] = softmaxCases.flatMap(([about, shape, axis]): Sample[] => [
  { op: 'softmax', about, inputs: [floats(shape)], attributes: { axis } },
  { op: 'hardmax', about, inputs: [floats(shape)], attributes: { axis } },
  { op: 'logSoftmax', about, inputs: [floats(shape)], attributes: { axis } },
  { op: 'softmaxGrad', about, inputs: [floats(shape), floats(shape, { make: between(0, 1) })], attributes: { axis } },
  {
    op: 'logSoftmaxGrad',
    about,
    inputs: [floats(shape), floats(shape, { make: between(-4, 0) })],
    attributes: { axis },
  },
]);

const extremes: readonly Sample[] = [
  {
    op: 'softmax',
    about: 'large numbers and a mask of -Infinity',
    kinks: true,
    inputs: [floats([3, 3], { data: [800, 801, 799, -800, Number.NEGATIVE_INFINITY, -801, Number.NaN, 0, 1] })],
  },
  { op: 'logSoftmax', about: 'large numbers', inputs: [floats([2, 3], { data: [800, 801, 799, -800, -802, -801] })] },
];

const labels = (dtype: 'int32' | 'int64', shape: Shape, classes: number): SampleInput => ({
  dtype,
  shape,
  make: (generator) => below(generator, classes),
});

const losses: readonly Sample[] = [
  { op: 'crossEntropy', about: 'int64 labels', inputs: [floats([7, 10]), labels('int64', [7], 10)] },
  { op: 'crossEntropy', about: 'int32 labels', inputs: [floats([7, 10]), labels('int32', [7], 10)] },
  { op: 'crossEntropy', about: 'with probabilities', inputs: [floats([7, 33]), labels('int64', [7], 33)], outputs: 2 },
  {
    op: 'crossEntropy',
    about: 'several leading axes',
    inputs: [floats([2, 3, 5]), labels('int32', [2, 3], 5)],
    outputs: 2,
  },
  { op: 'crossEntropy', about: 'one row', inputs: [floats([4]), labels('int64', [], 4)] },
  { op: 'crossEntropy', about: 'one class', inputs: [floats([3, 1]), labels('int64', [3], 1)], outputs: 2 },
  {
    op: 'crossEntropyGrad',
    about: 'int64 labels',
    inputs: [floats([]), floats([7, 10], { make: between(0, 1) }), labels('int64', [7], 10)],
  },
  {
    op: 'crossEntropyGrad',
    about: 'several leading axes',
    inputs: [floats([]), floats([2, 3, 5], { make: between(0, 1) }), labels('int32', [2, 3], 5)],
  },
  { op: 'mse', about: 'a matrix', inputs: [floats([7, 33]), floats([7, 33])] },
  { op: 'mse', about: 'a constant target', inputs: [floats([5]), floats([5], { constant: true })] },
  { op: 'mse', about: 'scalars', inputs: [floats([]), floats([])] },
];

interface LayerNormCase {
  readonly about: string;
  readonly shape: Shape;
  readonly axis?: number;
  readonly epsilon?: number;
  readonly bias?: boolean;
  readonly outputs?: number;
}

const layerNormCases: readonly LayerNormCase[] = [
  { about: 'the last axis', shape: [7, 33] },
  { about: 'with its statistics', shape: [7, 33], outputs: 3 },
  { about: 'two axes', shape: [2, 3, 4], axis: 1, outputs: 3 },
  { about: 'without bias', shape: [5, 8], bias: false },
  { about: 'all axes', shape: [3, 4], axis: 0, epsilon: 0.1 },
  { about: 'rows of one', shape: [4, 1] },
  { about: 'no rows', shape: [0, 5], outputs: 3 },
];

const layerNorms: readonly Sample[] = layerNormCases.flatMap(
  ({ about, shape, axis = -1, epsilon = 1e-5, bias = true, outputs = 1 }) => {
    const from = axis < 0 ? axis + shape.length : axis;
    const row = shape.slice(from);
    const statistics = shape.map((extent, i) => (i < from ? extent : 1));
    const deviations = floats(statistics, { make: between(0.5, 2) });
    const forward: Sample = {
      op: 'layerNorm',
      about,
      inputs: [floats(shape), floats(row), ...(bias ? [floats(row)] : [])],
      attributes: { axis, epsilon },
      outputs,
    };
    const backward: Sample = {
      op: 'layerNormGrad',
      about,
      inputs: [floats(shape), floats(shape), floats(row), floats(statistics), deviations],
      attributes: { axis },
      outputs: 3,
    };
    return [forward, backward];
  },
);

const batchShapes: readonly Shape[] = [
  [2, 3, 4, 5],
  [3, 4, 7],
  [6, 3],
  [1, 2, 3, 3],
];

const batchNorms: readonly Sample[] = batchShapes.flatMap((shape, i) => {
  const perChannel = [shape[1]];
  const positive = floats(perChannel, { make: between(0.3, 2) });
  const about = `[${shape.join(', ')}]`;
  const inputs = [floats(shape), floats(perChannel), floats(perChannel), floats(perChannel), positive];
  const attributes: Record<string, AttributeValue> = i % 2 ? { epsilon: 0.01 } : {};
  return [
    { op: 'batchNorm', about, inputs, attributes },
    {
      op: 'batchNormTraining',
      about,
      inputs,
      attributes: { ...attributes, ...(i % 2 ? { momentum: 0.6 } : {}) },
      outputs: 5,
    },
    { op: 'batchNormTraining', about: `${about}, running statistics alone`, inputs, attributes, outputs: 3 },
    {
      op: 'batchNormGrad',
      about,
      inputs: [floats(shape), floats(shape), floats(perChannel), floats(perChannel), positive],
      outputs: 3,
    },
  ];
});

const seed: SampleInput = { dtype: 'int32', shape: [], data: [-123456789] };

const dropouts: readonly Sample[] = [
  { op: 'dropout', about: 'without seed', inputs: [floats([7, 33])] },
  { op: 'dropout', about: 'half', inputs: [floats([7, 33]), seed] },
  { op: 'dropout', about: 'half, with its mask', inputs: [floats([7, 33]), seed], outputs: 2 },
  { op: 'dropout', about: 'a mask without seed', inputs: [floats([3, 5])], outputs: 2 },
  { op: 'hardmax', about: 'ties', inputs: [floats([2, 3], { data: [1, 2, 2, 0, 0, -1] })] },
  { op: 'dropout', about: 'a tenth, salted', inputs: [floats([7, 33]), seed], attributes: { rate: 0.1, salt: 3 } },
  { op: 'dropout', about: 'nothing dropped', inputs: [floats([5]), seed], attributes: { rate: 0 } },
  { op: 'dropout', about: 'all dropped', inputs: [floats([5]), seed], attributes: { rate: 1 } },
  { op: 'dropout', about: 'an empty tensor', inputs: [floats([0, 2]), seed] },
];

export const rows: readonly Sample[] = [...rowwise, ...extremes, ...losses, ...layerNorms, ...batchNorms, ...dropouts];
