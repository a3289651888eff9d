/** Views, movement, indexing and casts. */
import { floats, type Sample, type SampleInput } from './sample.ts';

const int32 = (shape: readonly number[], data: readonly number[], constant = false): SampleInput => ({
  dtype: 'int32',
  shape,
  data,
  constant,
});
const int64 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int64', shape, data });

const bools: SampleInput = { dtype: 'bool', shape: [3], data: [1, 0, 0] };

const views: readonly Sample[] = [
  {
    op: 'reshape',
    about: 'copied and inferred extents',
    inputs: [floats([2, 3, 4])],
    attributes: { shape: [0, 2, -1] },
  },
  { op: 'reshape', about: 'to a scalar', inputs: [floats([1, 1])], attributes: { shape: [] } },
  { op: 'reshape', about: 'no elements', inputs: [floats([0, 3])], attributes: { shape: [0, 1, 3] } },
  { op: 'reshapeLike', about: 'to a matrix', inputs: [floats([2, 3, 4]), floats([6, 4])] },
  { op: 'flatten', about: 'by default', inputs: [floats([2, 3, 4])] },
  { op: 'flatten', about: 'from the back', inputs: [floats([2, 3, 4])], attributes: { axis: -1 } },
  { op: 'flatten', about: 'axis 0', inputs: [floats([2, 3])], attributes: { axis: 0 } },
  { op: 'squeeze', about: 'all ones', inputs: [floats([1, 3, 1, 2])] },
  { op: 'squeeze', about: 'one of them', inputs: [floats([1, 3, 1, 2])], attributes: { axes: [-2] } },
  { op: 'unsqueeze', about: 'front and back', inputs: [floats([3, 2])], attributes: { axes: [0, -1] } },
];

const movement: readonly Sample[] = [
  { op: 'transpose', about: 'reversed', inputs: [floats([2, 3, 4])] },
  { op: 'transpose', about: 'a cycle', inputs: [floats([2, 3, 4, 5])], attributes: { perm: [2, 0, 3, 1] } },
  { op: 'transpose', about: 'a matrix of odd extents', inputs: [floats([7, 9])], attributes: { perm: [1, 0] } },
  { op: 'transpose', about: 'int64', inputs: [int64([2, 2], [1, 2, 3, 4])] },
  {
    op: 'concat',
    about: 'three along the middle',
    inputs: [floats([2, 1, 3]), floats([2, 4, 3]), floats([2, 2, 3])],
    attributes: { axis: 1 },
  },
  {
    op: 'concat',
    about: 'from the back, one empty',
    inputs: [floats([2, 3]), floats([2, 0]), floats([2, 2])],
    attributes: { axis: -1 },
  },
  { op: 'concat', about: 'one', inputs: [floats([3])], attributes: { axis: 0 } },
  {
    op: 'slice',
    about: 'clamped, from the back',
    inputs: [floats([5, 6])],
    attributes: { starts: [1, -4], ends: [1000, -1] },
  },
  {
    op: 'slice',
    about: 'steps',
    inputs: [floats([7, 3, 6])],
    attributes: { starts: [1, 5], ends: [7, -1000], axes: [0, -1], steps: [3, -2] },
  },
  { op: 'slice', about: 'nothing', inputs: [floats([4, 2])], attributes: { starts: [3], ends: [1], axes: [0] } },
  {
    op: 'sliceGrad',
    about: 'steps',
    inputs: [floats([2, 3, 3]), floats([7, 3, 6])],
    attributes: { starts: [1, 5], ends: [7, -1000], axes: [0, -1], steps: [3, -2] },
  },
  { op: 'split', about: 'equal parts', inputs: [floats([2, 6, 3])], attributes: { axis: 1 }, outputs: 3 },
  {
    op: 'split',
    about: 'sizes, from the back',
    inputs: [floats([2, 6])],
    attributes: { axis: -1, sizes: [1, 0, 5] },
    outputs: 3,
  },
  { op: 'split', about: 'one part', inputs: [floats([4])] },
  { op: 'pad', about: 'odd widths', inputs: [floats([2, 3])], attributes: { pads: [1, 0, 2, 3], value: -1.5 } },
  { op: 'pad', about: 'padding and cropping', inputs: [floats([4, 5])], attributes: { pads: [-1, 2, 2, -3] } },
  { op: 'pad', about: 'int32', inputs: [int32([2], [5, 6])], attributes: { pads: [1, 1], value: 7 } },
  { op: 'expand', about: 'new axes', inputs: [floats([3, 1])], attributes: { shape: [2, 1, 4] } },
  { op: 'expand', about: 'a scalar', inputs: [floats([])], attributes: { shape: [2, 3] } },
  { op: 'expand', about: 'ones keep the input', inputs: [floats([2, 3])], attributes: { shape: [1, 1] } },
];

const repeating: readonly Sample[] = [
  {
    op: 'reshape',
    about: 'zero as an extent',
    inputs: [floats([0, 3])],
    attributes: { shape: [3, 0], allowZero: true },
  },
  {
    op: 'split',
    about: 'unequal parts',
    inputs: [floats([2, 7])],
    attributes: { axis: 1, uneven: true },
    outputs: 3,
  },
  {
    op: 'pad',
    about: 'some axes',
    inputs: [floats([2, 3, 4])],
    attributes: { pads: [1, -1, 2, 2], axes: [-1, 0], value: 3 },
  },
  ...['reflect', 'edge', 'wrap'].flatMap((mode) => [
    { op: 'pad', about: mode, inputs: [floats([2, 3, 5])], attributes: { pads: [0, 2, 3, 0, 1, 4], mode } },
    {
      op: 'pad',
      about: `${mode}, cropped first`,
      inputs: [floats([4, 3])],
      // Only what is reflected must be there.
      attributes: { pads: mode === 'reflect' ? [-1, 1, 2, -1] : [-2, 5, 3, -1], mode },
    },
    { op: 'pad', about: `${mode}, bool`, inputs: [bools], attributes: { pads: [1, 2], mode } },
    {
      op: 'padGrad',
      about: mode,
      inputs: [floats([6, 5]), floats([4, 3])],
      attributes: { pads: [1, 0, 1, 2], mode },
    },
  ]),
  { op: 'tile', about: 'two axes', inputs: [floats([2, 3, 2])], attributes: { repeats: [2, 1, 3] } },
  { op: 'tile', about: 'int64, none', inputs: [int64([2], [1, 2])], attributes: { repeats: [0] } },
  { op: 'tileGrad', about: 'two axes', inputs: [floats([4, 3]), floats([2, 1])], attributes: { repeats: [2, 3] } },
  { op: 'depthToSpace', about: 'row, column, channel', inputs: [floats([2, 12, 2, 3])], attributes: { block: 2 } },
  {
    op: 'depthToSpace',
    about: 'channel first',
    inputs: [floats([1, 18, 2, 3])],
    attributes: { block: 3, mode: 'CRD' },
  },
  { op: 'spaceToDepth', about: 'row, column, channel', inputs: [floats([2, 3, 4, 6])], attributes: { block: 2 } },
  { op: 'spaceToDepth', about: 'channel first', inputs: [floats([1, 2, 3, 6])], attributes: { block: 3, mode: 'CRD' } },
  {
    op: 'centerCropPad',
    about: 'less and more',
    inputs: [floats([5, 3, 2])],
    attributes: { shape: [6, 2], axes: [1, 0] },
  },
  {
    op: 'reverseSequence',
    about: 'time first',
    inputs: [floats([4, 3, 2]), int64([3], [4, 1, 3])],
  },
  {
    op: 'reverseSequence',
    about: 'batch first',
    inputs: [floats([2, 4]), int64([2], [3, 0])],
    attributes: { batchAxis: 0, timeAxis: 1 },
  },
  { op: 'cumSum', about: 'the middle axis', inputs: [floats([2, 3, 2])], attributes: { axis: 1 } },
  { op: 'cumSum', about: 'from behind', inputs: [floats([2, 3])], attributes: { axis: -1, reverse: true } },
  {
    op: 'cumSum',
    about: 'without itself',
    inputs: [int32([4], [1, 2, 3, 4])],
    attributes: { axis: 0, exclusive: true },
  },
  {
    op: 'cumSum',
    about: 'without itself, from behind',
    inputs: [floats([4])],
    attributes: { axis: 0, exclusive: true, reverse: true },
  },
];

const indexing: readonly Sample[] = [
  { op: 'gather', about: 'rows, negative and repeated', inputs: [floats([5, 3]), int32([2, 2], [0, -1, 3, 0], true)] },
  {
    op: 'gather',
    about: 'int64 along the last axis',
    inputs: [floats([2, 4]), int64([3], [3, 1, 1])],
    attributes: { axis: -1 },
  },
  { op: 'gather', about: 'a scalar index', inputs: [floats([2, 4, 3]), int64([], [2])], attributes: { axis: 1 } },
  { op: 'gather', about: 'of int64', inputs: [int64([3], [5, 6, 7]), int32([2], [2, 0])] },
  { op: 'gather', about: 'no indices', inputs: [floats([3, 2]), int32([0], [])] },
  {
    op: 'gatherGrad',
    about: 'repeated indices',
    inputs: [floats([2, 2, 3]), int32([2, 2], [0, -1, 3, 0]), floats([5, 3])],
  },
  {
    op: 'gatherGrad',
    about: 'middle axis',
    inputs: [floats([2, 2, 3]), int64([2], [1, 1]), floats([2, 4, 3])],
    attributes: { axis: 1 },
  },
  {
    op: 'cast',
    about: 'float32 to int32, saturating',
    inputs: [floats([6], { data: [1.9, -1.9, 3e9, -3e9, 0, Number.NaN] })],
    attributes: { to: 'int32' },
  },
  {
    op: 'cast',
    about: 'float32 to int64',
    inputs: [floats([3], { data: [-7.5, 2 ** 40, 0.9] })],
    attributes: { to: 'int64' },
  },
  {
    op: 'cast',
    about: 'float32 to bool',
    inputs: [floats([4], { data: [0, -0, 0.5, Number.NaN] })],
    attributes: { to: 'bool' },
  },
  {
    op: 'cast',
    about: 'bool to float32',
    inputs: [{ dtype: 'bool', shape: [3], data: [1, 0, 1] }],
    attributes: { to: 'float32' },
  },
  { op: 'cast', about: 'int32 to float32', inputs: [int32([3], [-5, 0, 123456])], attributes: { to: 'float32' } },
  { op: 'cast', about: 'int64 to float32', inputs: [int64([3], [-5, 0, 123456])], attributes: { to: 'float32' } },
  { op: 'cast', about: 'int32 to int64', inputs: [int32([2], [-5, 7])], attributes: { to: 'int64' } },
  {
    op: 'cast',
    about: 'int64 to int32, cut off',
    inputs: [int64([3], [-5, 2 ** 31, 2 ** 33 + 3])],
    attributes: { to: 'int32' },
  },
  { op: 'cast', about: 'float32 to float32', inputs: [floats([5])], attributes: { to: 'float32' } },
];

export const movementSamples: readonly Sample[] = [...views, ...movement, ...repeating, ...indexing];
