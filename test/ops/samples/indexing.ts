/** Ops that pick, place and count elements. */
import { floats, type Sample, type SampleInput } from './sample.ts';

const int64 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int64', shape, data });
const int32 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int32', shape, data });
const bool = (data: readonly number[]): SampleInput => ({ dtype: 'bool', shape: [data.length], data });

const picking: readonly Sample[] = [
  {
    op: 'gatherElements',
    about: 'the last axis, negative',
    inputs: [floats([3, 4]), int64([2, 3], [0, -1, 2, 3, 3, 0])],
    attributes: { axis: -1 },
  },
  {
    op: 'gatherElements',
    about: 'int32 indices along the first axis',
    inputs: [floats([3, 2]), int32([4, 2], [0, 1, 2, -1, 0, 0, 1, 1])],
  },
  { op: 'gatherND', about: 'elements', inputs: [floats([3, 4]), int64([3, 2], [0, 1, 2, -1, -3, 0])] },
  { op: 'gatherND', about: 'slices', inputs: [floats([3, 2, 2]), int64([2, 1, 1], [2, 0])] },
  {
    op: 'gatherND',
    about: 'per batch',
    inputs: [floats([2, 3, 2]), int64([2, 2, 1], [1, 0, -1, 2])],
    attributes: { batchDims: 1 },
  },
  { op: 'topK', about: 'the largest', inputs: [floats([3, 5])], attributes: { k: 3 }, outputs: 2, kinks: true },
  {
    op: 'topK',
    about: 'the smallest, equals in order',
    inputs: [int64([4, 2], [3, 1, 3, 0, 2, 1, 2, 9])],
    attributes: { k: 3, axis: 0, largest: false },
    outputs: 2,
  },
  { op: 'topK', about: 'none', inputs: [floats([2, 3])], attributes: { k: 0, axis: 1 }, outputs: 2 },
];

const placing: readonly Sample[] = [
  {
    op: 'scatterElements',
    about: 'the last axis, negative',
    inputs: [floats([2, 5]), int64([2, 2], [1, -1, 0, 3]), floats([2, 2])],
    attributes: { axis: 1 },
  },
  ...['add', 'mul', 'max', 'min'].map((reduction) => ({
    op: 'scatterElements',
    about: `${reduction}, repeated`,
    inputs: [floats([3, 2]), int64([2, 2], [1, 0, 1, 2]), floats([2, 2])],
    attributes: { reduction },
  })),
  { op: 'scatterND', about: 'elements', inputs: [floats([4]), int64([2, 1], [3, 0]), floats([2])] },
  { op: 'scatterND', about: 'slices', inputs: [floats([3, 2, 2]), int64([2, 1], [2, -3]), floats([2, 2, 2])] },
  ...['add', 'mul', 'max', 'min'].map((reduction) => ({
    op: 'scatterND',
    about: `${reduction}, repeated`,
    inputs: [floats([3, 2]), int64([3, 1], [1, 0, 1]), floats([3, 2])],
    attributes: { reduction },
  })),
  {
    op: 'oneHot',
    about: 'in front, negative and beyond',
    inputs: [int64([2, 2], [0, -1, 3, 2]), floats([2], { data: [-1, 5] })],
    attributes: { depth: 3, axis: 0 },
  },
  {
    op: 'oneHot',
    about: 'float indices, int64 values',
    inputs: [floats([3], { data: [1, 0, 2] }), int64([2], [0, 1])],
    attributes: { depth: 3 },
  },
];

/** The shapes of what these give follow from numbers, which must be constants to be known. */
const constant = (input: SampleInput): SampleInput => ({ ...input, constant: true });
const counted: readonly Sample[] = [
  { op: 'nonZero', about: 'a matrix', inputs: [constant(floats([2, 3], { data: [0, 1, 0, -2, 0, Number.NaN] }))] },
  { op: 'nonZero', about: 'bool', inputs: [constant(bool([1, 0, 1]))] },
  {
    op: 'compress',
    about: 'columns',
    inputs: [constant(floats([2, 4])), constant(bool([1, 0, 1]))],
    attributes: { axis: 1 },
  },
  {
    op: 'compress',
    about: 'nothing',
    inputs: [constant(int32([3], [1, 2, 3])), constant(bool([0, 0, 0]))],
    attributes: { axis: -1 },
  },
  { op: 'unique', about: 'sorted', inputs: [constant(floats([6], { data: [2, 1, 1, 3, 4, 3] }))], outputs: 4 },
  {
    op: 'unique',
    about: 'as they come',
    inputs: [constant(int64([6], [2, 1, 1, 3, 4, 3]))],
    attributes: { sorted: false },
    outputs: 4,
  },
  {
    op: 'unique',
    about: 'columns',
    inputs: [constant(floats([2, 4], { data: [1, 0, 1, 0, 2, 3, 2, 1] }))],
    attributes: { axis: -1 },
    outputs: 4,
  },
];

const making: readonly Sample[] = [
  { op: 'range', about: 'downwards', inputs: [], attributes: { start: 10, limit: 4, delta: -2, type: 'int32' } },
  { op: 'range', about: 'floats', inputs: [], attributes: { start: 0.5, limit: 2, delta: 0.4, type: 'float32' } },
  { op: 'range', about: 'nothing', inputs: [], attributes: { start: 3, limit: 3, delta: 1, type: 'int64' } },
  { op: 'eyeLike', about: 'above the diagonal', inputs: [floats([3, 4])], attributes: { k: 1, type: 'int32' } },
  { op: 'eyeLike', about: 'below it', inputs: [floats([4, 2])], attributes: { k: -2 } },
];

export const indexingSamples: readonly Sample[] = [...picking, ...placing, ...counted, ...making];
